using System.Text;

namespace Supervisor.Linux;

/// <summary>What a machine is called.</summary>
public static unsafe partial class Sys
{
    /// <summary>sethostname(2); at most 64 bytes.</summary>
    public static OsResult SetHostName(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* p = bytes)
            return Void("sethostname", name, Raw.Call(Nr.sethostname, (nint)p, bytes.Length));
    }

    /// <summary>getrandom(2), all of it, waiting until the kernel has entropy.</summary>
    public static OsResult Random(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* p = bytes)
            {
                var n = Raw.Retry(Nr.getrandom, (nint)p, bytes.Length);
                if (n < 0)
                    return Failure(n, "getrandom");
                bytes = bytes[(int)n..];
            }
        }
        return OsResult.Success;
    }
}
