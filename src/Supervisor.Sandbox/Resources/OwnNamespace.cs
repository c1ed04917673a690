using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// A fresh network or IPC namespace as a descriptor. The calling thread goes into it and comes back: nothing else is done in between, and the way back is open
/// before the first step, so it does not depend on anything that could be missing.
/// </summary>
public static class OwnNamespace
{
    /// <summary>With loopback up.</summary>
    public static OsResult<Fd> Network() => Create(Namespaces.Net, "net", Sys.LoopbackUp);

    public static OsResult<Fd> Ipc() => Create(Namespaces.Ipc, "ipc", () => OsResult.Success);

    private static OsResult<Fd> Create(ulong kind, string name, Func<OsResult> inside)
    {
        var path = $"/proc/thread-self/ns/{name}";
        if (!Sys.Open(path, 0).TryGet(out var home, out var error))
            return error;
        if (Sys.Unshare(kind).Failed(out error))
        {
            home.Close();
            return error;
        }
        var result = inside();
        var made = result.Failed(out error) ? error : Sys.Open(path, 0);
        var back = Sys.Setns(home, kind);
        home.Close();
        if (!back.Failed(out error))
            return made;
        // Nothing may go on in a namespace that is not the manager's own.
        throw new InvalidOperationException($"cannot return from a new {name} namespace: {error}");
    }
}
