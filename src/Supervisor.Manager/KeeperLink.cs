using Microsoft.Extensions.Logging;
using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>What the manager asks of the keeper; a keeper that cannot be told is reported, and found gone by the loop.</summary>
internal sealed class KeeperLink(KeeperClient client, ILogger log)
{
    public Fd Fd => client.Fd;

    /// <summary>Lets the keeper hold a copy for the managers to come.</summary>
    public void Store(string name, Fd fd) => Check($"cannot give {name} to the keeper", client.Store(name, fd));

    public void Drop(string name) => Check($"cannot take {name} from the keeper", client.Drop(name));

    public void Ready() => Check("cannot tell the keeper that the manager is ready", client.Ready());

    public void Pong(ulong sequence) => Check("cannot answer the keeper", client.Pong(sequence));

    public void Acknowledge(ulong sequence) => Check("cannot acknowledge exits to the keeper", client.Acknowledge(sequence));

    public void Restart() => Check("cannot announce the re-execution to the keeper", client.Restart());

    public void Shutdown(Init.ShutdownKind kind, int code, string why) => Check("cannot tell the keeper to end", client.Shutdown(kind, code, why));

    public OsResult<List<KeeperMessage>> Receive() => client.OnReadable();

    private void Check(string attempt, OsResult result)
    {
        if (result.Failed(out var error))
            log.Error($"{attempt}: {error}");
    }
}
