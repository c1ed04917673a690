using System.Text;
using Mono.Unix.Native;

namespace Supervisor.Binary.Tests;

/// <summary>The content of a small image: what a portable service must have, busybox, the probe, and what a test adds.</summary>
internal sealed class ImageTree
{
    /// <summary>The shell function for what must fail: "!" would not do, since set -e looks away behind it.</summary>
    public const string No = "no() { if \"$@\"; then echo \"should have failed: $*\"; exit 1; fi; }";

    private readonly Dictionary<string, (byte[] Content, uint Mode)> _files = [];
    private readonly Dictionary<string, string> _links = [];
    private readonly HashSet<string> _directories =
        ["/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/lib", "/var/log", "/var/cache", "/etc", "/root", "/home", "/usr/bin"];

    public static ImageTree Minimal(string prefix)
    {
        var tree = new ImageTree();
        tree.File("/usr/lib/os-release", $"ID=probe\nVERSION_ID=1\nPRETTY_NAME=\"Probe 1\"\nPORTABLE_PREFIXES={prefix}\n");
        tree.Link("/etc/os-release", "../usr/lib/os-release");
        foreach (var empty in (string[])["/etc/resolv.conf", "/etc/machine-id", "/etc/hosts"])
            tree.File(empty, "");
        tree.File("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
        tree.File("/etc/group", "root:x:0:\nnogroup:x:65534:\n");
        tree.Link("/bin", "usr/bin").Link("/sbin", "usr/bin").Link("/lib", "usr/lib").Link("/var/run", "../run");
        tree._files["/usr/bin/busybox"] = (System.IO.File.ReadAllBytes(Machine.Busybox), 0x1ed);
        tree._files["/usr/bin/probe"] = (System.IO.File.ReadAllBytes(Machine.Probe), 0x1ed);
        foreach (var applet in Machine.Applets)
            tree.Link("/usr/bin/" + applet, "busybox");
        return tree;
    }

    /// <summary>A minimal image with one service of its prefix's name whose script runs in busybox's shell.</summary>
    public static ImageTree Service(string prefix, string directives, string script) =>
        Minimal(prefix).Script("/usr/bin/main", script).Unit($"{prefix}.service", $"[Unit]\nDescription=The service {prefix}\n[Service]\nExecStart=/usr/bin/main\n{directives}\n");

    public ImageTree Unit(string name, string text) => File("/usr/lib/systemd/system/" + name, text);

    public ImageTree File(string path, string text)
    {
        _files[path] = (Encoding.UTF8.GetBytes(text), 0x1a4);
        return this;
    }

    public ImageTree Script(string path, string text)
    {
        _files[path] = (Encoding.UTF8.GetBytes($"#!/bin/sh\nexport PATH=/usr/bin\n{No}\n{text}\n"), 0x1ed);
        return this;
    }

    public ImageTree Link(string path, string target)
    {
        _links[path] = target;
        return this;
    }

    public ImageTree Folder(string path)
    {
        _directories.Add(path);
        return this;
    }

    public ImageTree Without(string path)
    {
        if (!_files.Remove(path) && !_links.Remove(path) && !_directories.Remove(path))
            throw new ArgumentException($"there is no {path} to leave out", nameof(path));
        return this;
    }

    /// <summary>Lays the tree out as a folder.</summary>
    public void Lay(string root)
    {
        Directory.CreateDirectory(root);
        foreach (var directory in _directories)
            Directory.CreateDirectory(root + directory);
        foreach (var (path, (content, mode)) in _files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root + path)!);
            System.IO.File.WriteAllBytes(root + path, content);
            Assert.Equal(0, Syscall.chmod(root + path, (FilePermissions)mode));
        }
        foreach (var (path, target) in _links)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root + path)!);
            System.IO.File.CreateSymbolicLink(root + path, target);
        }
        foreach (var open in (string[])["/tmp", "/var/tmp"])
            Assert.Equal(0, Syscall.chmod(root + open, (FilePermissions)0x3ff));
    }

    /// <summary>Writes the tree as a squashfs file.</summary>
    public void Write(string path, string compression)
    {
        var root = path + ".tree";
        Lay(root);
        Command.Run("mksquashfs", root, path, "-quiet", "-no-progress", "-noappend", "-all-root", "-no-xattrs", "-comp", compression).Succeeded();
        Directory.Delete(root, recursive: true);
    }
}
