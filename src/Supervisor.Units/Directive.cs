namespace Supervisor.Units;

/// <summary>What the program does with a directive.</summary>
public enum DirectiveStatus
{
    /// <summary>The engine or the sandbox acts on it.</summary>
    Honoured,

    /// <summary>Parsed, checked and shown, without effect here; the row says why.</summary>
    Accepted,

    /// <summary>A unit that uses it does not load; the row says why.</summary>
    Refused,
}

/// <summary>How a setting that an image brings meets the profile it was attached with: an image may narrow its sandbox, never widen it.</summary>
public enum Ceiling
{
    /// <summary>Not a matter of security: the image's setting stands unless a drop-in changes it.</summary>
    Free,

    /// <summary>The stricter of the two holds (the row's rank says which is stricter).</summary>
    Stricter,

    /// <summary>Both hold: a list that grants is intersected, a list that restricts is joined.</summary>
    Both,

    /// <summary>It widens: an image's own is withheld unless the profile says ImageMayWiden=yes.</summary>
    Withheld,
}

/// <summary>A row of the table: the only definition of a directive. Everything that lists, checks, shows or documents directives loops over rows.</summary>
public abstract partial class Directive
{
    public required string Section { get; init; }

    public required string Name { get; init; }

    /// <summary>One line of help, without a full stop.</summary>
    public required string Help { get; init; }

    /// <summary>The systemd version that introduced it, 0 for our own.</summary>
    public int Since { get; init; }

    public DirectiveStatus Status { get; init; } = DirectiveStatus.Honoured;

    /// <summary>Why it is accepted or refused.</summary>
    public string? Reason { get; init; }

    public Ceiling Ceiling { get; init; }

    /// <summary>Index in <see cref="DirectiveTable.All"/> and in a unit's settings.</summary>
    public int Index { get; internal set; }

    public override string ToString() => $"[{Section}] {Name}=";
}

/// <summary>A row whose value has type <typeparamref name="T"/>: <c>unit.Get(Directives.PrivateTmp).Value</c>.</summary>
public sealed partial class Directive<T> : Directive
{
    /// <summary>What holds when no file says anything.</summary>
    public required T Default { get; init; }
}

/// <summary>A directive's value in one unit.</summary>
/// <param name="Value">The value, or the row's default.</param>
/// <param name="Origin">Where it was last said; <see cref="Origin.Default"/> when nowhere.</param>
/// <param name="IsSet">True when some file said it.</param>
public readonly record struct Setting<T>(T Value, Origin Origin, bool IsSet);
