namespace Supervisor.Units;

/// <summary>Where a setting was written: carried from the lexer to the last step of a launch, so that every error can say who asked.</summary>
/// <param name="File">Absolute path of the file, or null for a default or for something that no file says.</param>
/// <param name="Line">1-based line, 0 when unknown.</param>
/// <param name="Directive">The directive's name without "=", or null.</param>
public readonly record struct Origin(string? File, int Line, string? Directive)
{
    /// <summary>A value that the program itself supplies for <paramref name="directive"/>.</summary>
    public static Origin Default(string? directive = null) => new(null, 0, directive);

    /// <summary>"PrivateTmp=, /etc/systemd/system/web.service:14"; only the parts that are known.</summary>
    public override string ToString() => (Directive, File) switch
    {
        (null, null) => "built in",
        (null, _) => $"{File}:{Line}",
        (_, null) => $"{Directive}= (default)",
        _ => $"{Directive}=, {File}:{Line}",
    };
}

/// <summary>A list item or value with the place it was written at.</summary>
public readonly record struct Sourced<T>(T Value, Origin Origin);
