namespace Supervisor.Units;

/// <summary>A note is no problem: it says what has no effect here.</summary>
public enum Severity { Note, Warning, Error }

/// <summary>Something wrong in a file: where, what, and if it can be known what was meant.</summary>
/// <param name="Column">1-based column in bytes of the text that is wrong; 0 when the whole line is.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Message">What is wrong, without place and without full stop: <c>not a user name (it begins with a digit)</c>.</param>
/// <param name="Hint">What may have been meant: <c>did you mean PrivateTmp=?</c></param>
public sealed record Diagnostic(Severity Severity, Origin Origin, int Column, int Length, string Message, string? Hint = null)
{
    /// <summary>"web.service:12: User=: not a user name (it begins with a digit)" — one line, file with its full path.</summary>
    public override string ToString()
    {
        var place = Origin.File is null ? "" : $"{Origin.File}:{Origin.Line}: ";
        var directive = Origin.Directive is null ? "" : $"{Origin.Directive}=: ";
        return Hint is null ? $"{place}{directive}{Message}" : $"{place}{directive}{Message}; {Hint}";
    }
}
