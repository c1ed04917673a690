namespace Supervisor.Linux;

/// <summary>ftruncate(2).</summary>
public static unsafe partial class Sys
{
    public static OsResult Truncate(Fd fd, long length) => Void("ftruncate", null, Raw.Retry(Nr.ftruncate, fd.Number, (nint)length));
}
