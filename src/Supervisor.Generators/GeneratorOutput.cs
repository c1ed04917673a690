using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>Of what weight generated units are (systemd.generator(7)): below the administrator's, above everything, or below everything.</summary>
public enum GeneratorPlace { Normal, Early, Late }

/// <summary>A file with its text, or a link with its target, below one of the three directories.</summary>
public sealed record GeneratedEntry(GeneratorPlace Place, string Path, string? Text, string? Target);

/// <summary>What a generator made and what it found wrong. Of two entries with one path the first stays.</summary>
public sealed class GeneratorOutput
{
    private readonly SortedDictionary<string, GeneratedEntry> _entries = new(StringComparer.Ordinal);

    public IReadOnlyCollection<GeneratedEntry> Entries => _entries.Values;

    public List<Diagnostic> Diagnostics { get; } = [];

    /// <summary>False when there is one of that path already.</summary>
    public bool File(GeneratorPlace place, string path, string text) => _entries.TryAdd($"{place}/{path}", new(place, path, text, null));

    /// <summary>In place of what is there.</summary>
    public void Replace(GeneratorPlace place, string path, string text) => _entries[$"{place}/{path}"] = new(place, path, text, null);

    public bool Link(GeneratorPlace place, string path, string target) => _entries.TryAdd($"{place}/{path}", new(place, path, null, target));

    /// <summary>TARGET.wants/UNIT or TARGET.requires/UNIT, to a unit that is generated beside it.</summary>
    public void Hook(GeneratorPlace place, string target, string kind, string unit) => Link(place, $"{target}.{kind}/{unit}", $"../{unit}");

    /// <summary>TARGET.wants/UNIT, to a unit that the system brings, or to the template of one.</summary>
    public void HookSystem(GeneratorPlace place, string target, string unit, string? template = null) =>
        Link(place, $"{target}.wants/{unit}", $"/lib/systemd/system/{template ?? unit}");

    /// <summary>One line, whatever the message quotes.</summary>
    public void Report(Severity severity, string? file, int line, string message) =>
        Diagnostics.Add(new(severity, new Origin(file, line, null), 0, 0, message.Any(char.IsControl) ? string.Concat(message.Select(c => char.IsControl(c) ? '?' : c)) : message));
}
