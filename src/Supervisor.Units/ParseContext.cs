namespace Supervisor.Units;

/// <summary>One assignment on its way into a setting: the text, where it stands, and where problems go.</summary>
public sealed class ParseContext(string text, Origin origin, int column, SpecifierContext specifiers, List<Diagnostic> diagnostics)
{
    public string Text => text;

    public Origin Origin => origin;

    public SpecifierContext Specifiers => specifiers;

    public bool HasError { get; private set; }

    /// <summary>Reports the value, or <paramref name="part"/> of it, as wrong.</summary>
    public void Error(string message, string? part = null, string? hint = null)
    {
        HasError = true;
        var at = part is null ? 0 : Math.Max(0, text.IndexOf(part, StringComparison.Ordinal));
        diagnostics.Add(new Diagnostic(Severity.Error, origin, column + at, (part ?? text).Length, message, hint));
    }

    /// <summary>True when the line is to be as if it were not there.</summary>
    public bool IsIgnored { get; private set; }

    public void Ignore(string message)
    {
        IsIgnored = true;
        Warning(message);
    }

    public void Warning(string message) => diagnostics.Add(new Diagnostic(Severity.Warning, origin, column, text.Length, message));

    /// <summary>The text with its specifiers expanded; the text itself, and an error, when one cannot be.</summary>
    public string Expand(string value)
    {
        if (!value.Contains('%', StringComparison.Ordinal))
            return value;
        var (expanded, error) = specifiers.Expand(value);
        if (error is not null)
            Error(error, value);
        return expanded;
    }
}
