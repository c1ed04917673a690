namespace Supervisor.Init;

/// <summary>How the keeper runs.</summary>
public sealed record KeeperOptions
{
    /// <summary>What it is; null finds out: not PID 1 is nested, PID 1 of the first PID namespace is init, any other PID 1 is a container.</summary>
    public KeeperMode? Mode { get; init; }

    /// <summary>The manager's arguments after the program's name; the program is the one that runs now.</summary>
    public IReadOnlyList<string> ManagerArguments { get; init; } = ["manager"];

    /// <summary>How often the manager is asked whether it lives.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer may take before the manager is aborted, and 5 s later killed.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a new manager may take until it is ready and answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>At the end: how long what is left may take after SIGTERM before SIGKILL.</summary>
    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
