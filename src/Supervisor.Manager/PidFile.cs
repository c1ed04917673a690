using System.Globalization;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>
/// PIDFile= of a service. The service writes it, so it is hostile: read below the root that the service sees, only when it is a short regular file, and believed
/// only when the process it names is in the service's own cgroup (the caller checks that).
/// </summary>
internal static class PidFile
{
    /// <summary>The process number, 0 when the file is missing, empty or nonsense.</summary>
    /// <param name="root">Descriptor of the directory that the service sees as "/".</param>
    public static int Read(Fd root, string path)
    {
        if (!RootedPath.ReadFile(root, path, limit: 64).TryGet(out var bytes, out _))
            return 0;
        var text = System.Text.Encoding.ASCII.GetString(bytes).Trim();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 1 ? pid : 0;
    }

    /// <summary>As <see cref="Read(Fd, string)"/>, in the mount namespace and root of a process of the service.</summary>
    public static int ReadAsSeenBy(int pid, string path)
    {
        if (!Sys.Open($"/proc/{pid}/root", LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out var root, out _))
            return 0;
        var result = Read(root, path);
        root.Close();
        return result;
    }
}
