using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Generators;

/// <summary>The generators that are part of this program, by systemd's names for them. Each is left out when there is nothing for it to read.</summary>
internal static class BuiltInGenerators
{
    public static readonly IReadOnlyList<string> Names = [FstabGenerator.Name, SysvGenerator.Name, DebugGenerator.Name, RunGenerator.Name, GettyGenerator.Name];

    private static readonly string[] Words = ["systemd.mask", "systemd.wants", "systemd.debug_shell", "systemd.run"];

    /// <summary>Those that have something to do.</summary>
    public static List<(string Name, Func<GeneratorOutput> Run)> Needed(GeneratorSettings settings)
    {
        var line = settings.CommandLine is { } text ? KernelCommandLine.Parse(text) : KernelCommandLine.Read();
        var initramfs = Sys.Exists("/etc/initrd-release");
        var facts = new Lazy<GeneratorFacts>(() => GeneratorFactsReader.Read(settings), isThreadSafe: false);
        var needed = new List<(string, Func<GeneratorOutput>)>();
        if (settings.Fstab is { } fstab && KernelWords.Switch(line, "fstab") != false && HasEntries(fstab))
            needed.Add((FstabGenerator.Name, () => ReadFstab(fstab, facts.Value, KernelWords.Switch(line, "systemd.swap") != false)));
        if (SysvReader.Any(settings.Scripts))
            needed.Add((SysvGenerator.Name, () => ReadScripts(settings, facts.Value)));
        var words = KernelWords.For(line, initramfs).Select(w => w.Key).ToHashSet(StringComparer.Ordinal);
        if (words.Overlaps(Words[..3]))
            needed.Add((DebugGenerator.Name, () => DebugGenerator.Generate(line, initramfs, facts.Value)));
        if (words.Contains(Words[3]))
            needed.Add((RunGenerator.Name, () => RunGenerator.Generate(line, initramfs)));
        var getty = KernelWords.Switch(line, "systemd.getty_auto") ?? settings.GettyAuto ?? true;
        if (settings.System && getty && (facts.Value.HasUnit("serial-getty@.service") || facts.Value.HasUnit("console-getty.service")))
        {
            needed.Add((GettyGenerator.Name,
                () => GettyGenerator.Generate(GeneratorFactsReader.Consoles(), GeneratorFactsReader.IsTerminal, GeneratorFactsReader.OfInit("container_ttys"), facts.Value)));
        }
        return needed;
    }

    private static bool HasEntries(string path)
    {
        if (!Sys.ReadFile(path).TryGet(out var bytes, out var error))
            return error.Errno != Errno.ENOENT; // the worker says what is wrong with it
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            var line = bytes.AsSpan()[range].Trim(" \t\r"u8);
            if (line.Length > 0 && line[0] != '#')
                return true;
        }
        return false;
    }

    private static GeneratorOutput ReadFstab(string path, GeneratorFacts facts, bool swaps)
    {
        if (Sys.ReadFile(path).TryGet(out var bytes, out var error))
            return FstabGenerator.Generate(bytes, path, facts, swaps);
        var output = new GeneratorOutput();
        output.Report(Units.Severity.Error, path, 0, $"cannot be read: {error}");
        return output;
    }

    private static GeneratorOutput ReadScripts(GeneratorSettings settings, GeneratorFacts facts)
    {
        var reading = new GeneratorOutput();
        var output = SysvGenerator.Generate(SysvReader.Scripts(settings.Scripts, reading), SysvReader.Links(settings.RunLevels, reading), facts);
        output.Diagnostics.AddRange(reading.Diagnostics);
        return output;
    }
}
