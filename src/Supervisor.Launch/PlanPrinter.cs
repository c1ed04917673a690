using System.Text;
using Supervisor.Units;

namespace Supervisor.Launch;

/// <summary>A plan as explain shows it: one line a step, with the setting that asked for it.</summary>
public static class PlanPrinter
{
    private const int TitleColumn = 56;

    /// <summary>The steps; with <paramref name="calls"/> the system calls of each below it.</summary>
    public static string Print(LaunchPlan plan, bool calls = false)
    {
        var text = new StringBuilder();
        for (var i = 0; i < plan.Steps.Count; i++)
        {
            var step = plan.Steps[i];
            text.Append($"{i + 1,2}  ").Append(Escape(step.Title).PadRight(TitleColumn));
            if (step.Origin != default)
                text.Append("  ").Append(Escape(Short(step.Origin)));
            TrimEnd(text).Append('\n');
            if (!calls)
                continue;
            foreach (var call in step.Calls)
                text.Append("      ").Append(Escape(Line(call))).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>"PrivateTmp=, profile default:4" or "ExecStart=, nginx.service:11": the file's own name is enough here.</summary>
    internal static string Short(Origin origin)
    {
        if (origin.File is null)
            return origin.ToString();
        var parts = origin.File.Split('/');
        var name = parts.Length >= 3 && parts[^3] == "profile" ? $"profile {parts[^2]}" : parts[^1];
        return (origin with { File = name }).ToString();
    }

    private static string Line(PlanCall call)
    {
        var result = call.ResultRegister < 0 ? "" : $"r{call.ResultRegister} = ";
        var otherwise = call.OnError.Action switch
        {
            OnErrorAction.Ignore => $"  # {Errnos(call.OnError)}: fine",
            OnErrorAction.IgnoreAll => "  # any error: fine",
            OnErrorAction.SkipStep => $"  # {Errnos(call.OnError)}: skip the rest of this step",
            _ => "",
        };
        return $"{result}{call.Name.Split(' ')[0]}({string.Join(", ", call.Arguments)}){otherwise}";
    }

    private static string Errnos(OnError onError) =>
        onError.Second == Linux.Errno.None ? $"{onError.First}" : $"{onError.First} or {onError.Second}";

    /// <summary>Names come from images: nothing in them reaches the terminal as a command.</summary>
    private static string Escape(string text)
    {
        if (!text.Any(Hostile))
            return text;
        var safe = new StringBuilder();
        foreach (var c in text)
            safe.Append(Hostile(c) ? $"\\u{(int)c:x4}" : c.ToString());
        return safe.ToString();
    }

    private static bool Hostile(char c) => char.IsControl(c) || c is (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff';

    private static StringBuilder TrimEnd(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ')
            text.Length--;
        return text;
    }
}
