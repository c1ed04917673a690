using System.Text;
using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>What an init script says of itself: its LSB header, or chkconfig's of old, a PID file, and whether its usage knows reload.</summary>
internal sealed class SysvScript
{
    /// <summary>Bytes of a script, and characters of a line that is looked at, at most.</summary>
    public const int FileMax = 1 << 20, LineMax = 4096;

    private string? _short, _long, _old;

    public required string Name { get; init; }

    public required string Path { get; init; }

    public bool HasLsb { get; private set; }

    public string? PidFile { get; private set; }

    public bool Reloads { get; private set; }

    public string? Description => (_short ?? _old ?? _long) is { } text ? $"{(HasLsb ? "LSB" : "SYSV")}: {text}" : null;

    /// <summary>Names and facilities ($network) as they are written.</summary>
    public List<string> Provides { get; } = [];

    public List<string> After { get; } = [];

    public List<string> Before { get; } = [];

    private enum State { Normal, OldDescription, Header, LongDescription, Usage }

    /// <summary>Null when it is no script; what is wrong is reported.</summary>
    public static SysvScript? Parse(string name, string path, ReadOnlySpan<byte> bytes, GeneratorOutput output)
    {
        if (bytes.Contains((byte)0))
        {
            output.Report(Severity.Warning, path, bytes[..bytes.IndexOf((byte)0)].Count((byte)'\n') + 1, "a zero byte: this is no script, so no unit is made of it");
            return null;
        }
        var script = new SysvScript { Name = name, Path = path };
        var state = State.Normal;
        var number = 0;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            number++;
            var raw = bytes[range];
            if (raw.Length > LineMax)
            {
                output.Report(Severity.Warning, path, number, $"a line of {raw.Length} bytes, passed over");
                continue;
            }
            script.Line(Encoding.UTF8.GetString(raw), ref state, number, output);
        }
        return script;
    }

    private void Line(string line, ref State state, int number, GeneratorOutput output)
    {
        var text = line.Trim();
        if (!text.StartsWith('#'))
        {
            Usage(text, ref state);
            return;
        }
        if (state == State.Normal && text == "### BEGIN INIT INFO")
        {
            state = State.Header;
            HasLsb = true;
            return;
        }
        if (state is State.Header or State.LongDescription && text == "### END INIT INFO")
        {
            state = State.Normal;
            return;
        }
        var comment = text[1..].TrimStart();
        switch (state)
        {
            case State.Normal:
                OldHeader(comment, ref state, number, output);
                break;
            case State.OldDescription:
                state = comment.EndsWith('\\') ? state : State.Normal;
                _old = Joined(_old, comment);
                break;
            case State.Header or State.LongDescription:
                Header(line, comment, ref state, number, output);
                break;
        }
    }

    private void Header(string line, string comment, ref State state, int number, GeneratorOutput output)
    {
        if (Value(comment, "Provides:") is { } provides)
            Take(Provides, provides, ref state, number, output);
        else if ((Value(comment, "Required-Start:") ?? Value(comment, "Should-Start:") ?? Value(comment, "X-Start-After:")) is { } after)
            Take(After, after, ref state, number, output);
        else if (Value(comment, "X-Start-Before:") is { } before)
            Take(Before, before, ref state, number, output);
        else if (Value(comment, "Description:") is { } description)
        {
            state = State.LongDescription;
            _long = Text(description);
        }
        else if (Value(comment, "Short-Description:") is { } name)
        {
            state = State.Header;
            _short = Text(name);
        }
        else if (state == State.LongDescription)
        {
            // it goes on in lines that are indented by a tab or two blanks, and in no others
            if (line.StartsWith("#\t", StringComparison.Ordinal) || line.StartsWith("#  ", StringComparison.Ordinal))
                _long = Joined(_long, comment);
            else
                state = State.Header;
        }
    }

    private void OldHeader(string comment, ref State state, int number, GeneratorOutput output)
    {
        if (Value(comment, "description:") is { } description)
        {
            state = description.EndsWith('\\') ? State.OldDescription : state;
            _old = Joined(null, description);
        }
        else if (Value(comment, "pidfile:") is { } file)
        {
            if (file.StartsWith('/') && UnitText.IsSafe(file))
                PidFile = file;
            else
                output.Report(Severity.Warning, Path, number, $"pidfile: {Text(file)} is no absolute path, ignored");
        }
    }

    /// <summary>A line of the script itself: does what it prints as usage name reload?</summary>
    private void Usage(string text, ref State state)
    {
        if (state != State.Usage && (state != State.Normal || !text.Contains("usage", StringComparison.OrdinalIgnoreCase)))
            return;
        ReadOnlySpan<string> forms = ["{reload|", "{reload}", "{reload\"", "|reload|", "|reload}", "|reload\""];
        foreach (var form in forms)
            Reloads |= text.Contains(form, StringComparison.OrdinalIgnoreCase);
        state = !Reloads && text.EndsWith('\\') ? State.Usage : State.Normal;
    }

    private void Take(List<string> into, string words, ref State state, int number, GeneratorOutput output)
    {
        state = State.Header;
        foreach (var word in words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Any(char.IsControl))
                output.Report(Severity.Warning, Path, number, "a name with a control character, ignored");
            else
                into.Add(word);
        }
    }

    private static string? Value(string comment, string key) => comment.StartsWith(key, StringComparison.OrdinalIgnoreCase) ? comment[key.Length..].Trim() : null;

    private static string? Joined(string? before, string more)
    {
        var text = Text(more.TrimEnd('\\').Trim());
        return before is null || text is null ? before ?? text : $"{before} {text}";
    }

    /// <summary>Null when nothing is left; control characters become question marks, and a last backslash goes.</summary>
    private static string? Text(string text)
    {
        text = string.Concat(text.TrimEnd('\\').Trim().Select(c => char.IsControl(c) ? '?' : c));
        return text.Length == 0 ? null : text;
    }
}
