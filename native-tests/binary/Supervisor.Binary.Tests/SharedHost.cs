namespace Supervisor.Binary.Tests;

/// <summary>One nested supervisor for all tests of a class that do not disturb each other.</summary>
public sealed class SharedHost : IDisposable
{
    internal Nested Nested { get; } = Nested.Start();

    public void Dispose() => Nested.Dispose();
}
