namespace Supervisor.Units;

/// <summary>Reads one assignment: the value so far (the default, or what earlier lines made), and the new text; the result is the value from now on.</summary>
public delegate T SettingParser<T>(T current, ParseContext context);

public abstract partial class Directive
{
    /// <summary>Applies an assignment to a boxed value.</summary>
    internal abstract object? Apply(object? current, ParseContext context);

    internal abstract object? BoxedDefault { get; }
}

public sealed partial class Directive<T>
{
    public required SettingParser<T> Parse { get; init; }

    internal override object? BoxedDefault => Default;

    internal override object? Apply(object? current, ParseContext context) => Parse((T)current!, context);
}
