namespace Supervisor.Sandbox.Seccomp;

/// <summary>
/// The answer to one system call: a verdict, or a question about an argument with a rule for each answer. Only the low 32 bits of an argument are looked at,
/// because that is what the kernel reads of an int: a test of all 64 is passed by setting a bit that the kernel ignores.
/// </summary>
internal abstract record Rule
{
    public static Rule Allow { get; } = new Always(Verdict.Allow);

    public static Rule Deny(Verdict verdict) => new Always(verdict);

    /// <summary>Both rules hold: whatever the arguments are, the stricter verdict.</summary>
    public static Rule Both(Rule first, Rule second) => first switch
    {
        Always { Verdict: var verdict } => AtLeast(verdict, second),
        Test test => test.With(Both(test.Then, second), Both(test.Else, second)),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>The rule, with nothing milder than <paramref name="verdict"/>.</summary>
    private static Rule AtLeast(Verdict verdict, Rule rule) => rule switch
    {
        _ when verdict.IsAllow => rule,
        Always { Verdict: var other } => new Always(Verdict.Stricter(verdict, other)),
        Test test => test.With(AtLeast(verdict, test.Then), AtLeast(verdict, test.Else)),
        _ => throw new InvalidOperationException(),
    };
}

internal sealed record Always(Verdict Verdict) : Rule;

/// <summary>(argument &amp; mask) == value, or with <see cref="Test.AnyBit"/> (argument &amp; mask) != 0.</summary>
internal sealed record Test(int Argument, uint Mask, uint Value, bool AnyBit, Rule Then, Rule Else) : Rule
{
    public static Rule Equal(int argument, uint value, Rule then, Rule otherwise, uint mask = uint.MaxValue) =>
        new Test(argument, mask, value & mask, false, then, otherwise);

    public static Rule Any(int argument, uint mask, Rule then, Rule otherwise) => new Test(argument, mask, 0, true, then, otherwise);

    public bool Holds(uint argument) => AnyBit ? (argument & Mask) != 0 : (argument & Mask) == Value;

    /// <summary>The same question with other answers; none when both answers are the same.</summary>
    public Rule With(Rule then, Rule otherwise) => then == otherwise ? then : this with { Then = then, Else = otherwise };
}
