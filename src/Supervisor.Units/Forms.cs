using System.Globalization;

namespace Supervisor.Units;

/// <summary>Looks whether a value has the form that its directive asks for, for rows whose value nothing here uses.</summary>
internal static class Forms
{
    /// <param name="form">The name of a form, or "words:", "flags:" or "int:" with what is allowed behind it.</param>
    public static Func<ParseContext, bool> Check(string form)
    {
        var colon = form.IndexOf(':', StringComparison.Ordinal);
        var allowed = colon < 0 ? [] : form[(colon + 1)..].Split(' ');
        return (colon < 0 ? form : form[..colon]) switch
        {
            "bool" => By(Syntax.Bool(), false),
            "words" => c => allowed.Contains(c.Text) || Wrong(c, $"not one of {string.Join(", ", allowed)}"),
            "flags" => Each((c, word) => allowed.Contains(word) || Wrong(c, $"not one of {string.Join(", ", allowed)}", word)),
            "int" => By(Syntax.Int(int.Parse(allowed[0], CultureInfo.InvariantCulture), int.Parse(allowed[1], CultureInfo.InvariantCulture)), 0),
            "uint" => c => uint.TryParse(c.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _) || Wrong(c, "not a number"),
            "status" => By(Syntax.Int(0, 255), 0),
            "time" => By(Syntax.Time(), default),
            "mode" => By(Syntax.Mode(0), 0u),
            "signal" => By(Syntax.Signal(), 15),
            "units" => By(Syntax.UnitNames(), []),
            "unit" => c => UnitName.IsValid(c.Expand(c.Text)) || Wrong(c, "not a unit name"),
            "path" => c => c.Expand(c.Text).TrimStart('-').StartsWith('/') || Wrong(c, "not an absolute path"),
            "paths" => Each((c, word) => c.Expand(word).TrimStart('-', '+', '!').StartsWith('/') || Wrong(c, "not an absolute path", word)),
            "command" => By(Syntax.Commands(), []),
            "size" => c => IsSize(c.Text) || Wrong(c, "not a size, a percentage or infinity"),
            "percent" => c => IsPercent(c.Text) || Wrong(c, "not a percentage"),
            "cpuset" => c => c.Text is "all" or "numa" || IsCpuSet(c.Text) || Wrong(c, "not a list of numbers and ranges"),
            "credential" => c => IsCredential(c.Expand(c.Text)) || Wrong(c, "not a credential (NAME:VALUE, NAME:PATH or NAME)"),
            "calendar" => c => CalendarExpression.Parse(c.Text) is not null || Wrong(c, "not a calendar expression (systemd.time(7))"),
            "list" => Each((_, _) => true),
            "text" or "label" => c => c.Expand(c.Text).Length > 0 && !c.HasError,
            _ => throw new InvalidOperationException($"no form {form}"),
        };
    }

    private static Func<ParseContext, bool> By<T>(SettingParser<T> parser, T empty) => c =>
    {
        parser(empty, c);
        return !c.HasError;
    };

    private static Func<ParseContext, bool> Each(Func<ParseContext, string, bool> check) =>
        c => WordSplitter.Split(c, c.Text) is { } words && words.TrueForAll(w => check(c, w));

    private static bool IsSize(string text) => text is "infinity" || IsPercent(text) || Syntax.TrySize(text.TrimEnd('B'), out _);

    /// <summary>12%, 12.5%, 125‰, 1250‱.</summary>
    private static bool IsPercent(string text) =>
        text.Length > 1 && text[^1] is '%' or '‰' or '‱' && decimal.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n) && n >= 0;

    private static bool IsCpuSet(string text) =>
        text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries).All(part => part.Split('-') switch
        {
            [var one] => IsProcessor(one),
            [var from, var to] => IsProcessor(from) && IsProcessor(to) && int.Parse(from, CultureInfo.InvariantCulture) <= int.Parse(to, CultureInfo.InvariantCulture),
            _ => false,
        });

    private static bool IsProcessor(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n < 8192;

    private static bool IsCredential(string text)
    {
        var name = text.Split(':')[0];
        return name.Length is > 0 and <= 255 && !name.Contains('/', StringComparison.Ordinal) && name is not ("." or "..");
    }

    private static bool Wrong(ParseContext c, string message, string? part = null)
    {
        c.Error(message, part);
        return false;
    }
}
