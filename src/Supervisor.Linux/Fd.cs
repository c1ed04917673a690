namespace Supervisor.Linux;

/// <summary>A file descriptor. Whoever holds it in a field or a local that outlives the call owns it and closes it once.</summary>
public readonly record struct Fd(int Number)
{
    /// <summary>No descriptor: -1.</summary>
    public static Fd None => new(-1);

    /// <summary>AT_FDCWD: paths are relative to the working directory.</summary>
    public static Fd Cwd => new(-100);

    public bool IsOpen => Number >= 0;

    /// <summary>Closes it; closing none is allowed and does nothing. Close's error is of no use here: the number is free either way (close(2)).</summary>
    public void Close()
    {
        if (IsOpen)
            _ = Raw.Call(Nr.close, Number);
    }

    public override string ToString() => $"fd {Number}";
}
