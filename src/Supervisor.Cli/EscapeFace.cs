using Supervisor.Units;

namespace Supervisor.Cli;

/// <summary>systemd-escape: strings as parts of unit names, and back.</summary>
internal static class EscapeFace
{
    public static int Run(Session session, List<string> words)
    {
        if (words.Count == 0)
            return Wrong("Not enough arguments.");
        var suffix = session.Arguments.Value("--suffix");
        if (suffix is not null && UnitName.TypeOf($"x.{suffix}") is null)
            return Wrong($"Invalid unit suffix type \"{Terminal.Safe(suffix)}\".");
        var results = new List<string>();
        foreach (var word in words)
        {
            if (One(session, word, out var result) is { } wrong)
                return Wrong(wrong);
            results.Add(suffix is null ? result : $"{result}.{suffix}");
        }
        Terminal.Line(string.Join(' ', results.Select(Terminal.Safe)));
        return 0;
    }

    /// <summary>What is wrong, null when nothing is.</summary>
    private static string? One(Session session, string word, out string result)
    {
        var template = session.Arguments.Value("--template");
        var path = session.Arguments.Has("--path");
        result = word;
        if (template is not null && !UnitName.IsTemplate(template))
            return $"Template name {template} is not valid.";
        if (session.Arguments.Has("--mangle"))
        {
            result = UnitName.Mangle(word);
            return null;
        }
        if (session.Arguments.Has("--unescape"))
        {
            var name = word;
            if (template is not null || session.Arguments.Has("--instance"))
            {
                name = UnitName.InstanceOf(word);
                if (name.Length == 0 || template is not null && UnitName.TemplateOf(word) != template)
                    return template is null ? $"Unit name {word} is missing the instance name." : $"Unit {word} template {UnitName.TemplateOf(word)} does not match specified template {template}.";
            }
            result = path ? "/" + UnitName.Unescape(name).TrimStart('/') : UnitName.Unescape(name);
            return null;
        }
        if (path)
        {
            var parts = word.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Any(p => p is "." or ".."))
                return $"Input '{word}' is not a normalized file system path, failed to escape.";
            result = parts.Length == 0 ? "-" : UnitName.Escape(string.Join('/', parts));
        }
        else
            result = UnitName.Escape(word);
        if (template is not null)
            result = template.Replace("@.", $"@{result}.", StringComparison.Ordinal);
        return null;
    }

    private static int Wrong(string text)
    {
        Terminal.Error(Terminal.Safe(text));
        return 1;
    }
}
