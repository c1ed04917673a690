using System.Text.Json.Serialization.Metadata;
using Supervisor.Control;
using Supervisor.Portable;
using Supervisor.Units;
using Json = Supervisor.Control.ControlJson;

namespace Supervisor.Cli;

/// <summary>One run of the command: its options and its way to the manager.</summary>
internal sealed class Session(Arguments arguments)
{
    public const int Failed = 1, Usage = 2, NoManager = 4;

    private const string DefaultRuntime = "/run/supervisor", DefaultState = "/var/lib/supervisor";

    private VarlinkClient? _client;

    public Arguments Arguments => arguments;

    public bool Quiet => arguments.Has("--quiet");

    private string RuntimeDirectory => arguments.Value("--runtime-dir") ?? Environment.GetEnvironmentVariable("SUPERVISOR_RUNTIME_DIR") ?? DefaultRuntime;

    public string Socket => arguments.Value("--socket") ?? $"{RuntimeDirectory}/control";

    /// <summary>One call. The error is printed where <paramref name="report"/> says so.</summary>
    public TReply? Call<TRequest, TReply>(string method, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType, out ControlError? error, bool report = true)
        where TReply : class
    {
        error = null;
        if (_client is null)
        {
            var connected = OpenChannel();
            if (!connected.TryGet(out _client, out var cause))
            {
                error = new ControlError(ControlError.Unreachable, $"cannot reach the manager at {Socket}: {cause.Errno}, is it running? Start it with: supervisor run");
                if (report)
                    Terminal.Error(error.Text);
                return null;
            }
        }
        (var reply, error) = _client.Call(method, request, requestType, replyType);
        if (error is not null && report)
            Terminal.Error(Terminal.Safe(error.Text));
        return reply;
    }

    public UnitStatus? Unit(string name, out ControlError? error, bool report = true) =>
        Call(ManagerInterface.GetUnit, new UnitRequest(name), Json.Default.UnitRequest, Json.Default.UnitReply, out error, report)?.Unit;

    public IReadOnlyList<UnitStatus> Units(bool report = true) =>
        Call(ManagerInterface.ListUnits, new ListRequest(), Json.Default.ListRequest, Json.Default.UnitList, out _, report)?.Units ?? [];

    public ManagerInfo? Info(bool report = true) =>
        Call(ManagerInterface.GetInfo, new Nothing(), Json.Default.Nothing, Json.Default.ManagerInfo, out _, report);

    public bool Do(string method)
        => Call(method, new Nothing(), Json.Default.Nothing, Json.Default.Nothing, out _) is not null;

    /// <summary>The running manager's directories; without one, those of a machine.</summary>
    public (PortableDirectories Directories, ManagerInfo? Manager) Portable()
    {
        var info = Info(report: false);
        var system = info is null || info.Mode == "system";
        return (new PortableDirectories(
            info?.Attached ?? "/etc/systemd/system.attached",
            info?.RuntimeAttached ?? "/run/systemd/system.attached",
            system ? PortableDirectories.SystemImages : [$"{info!.StateDirectory}/portables", $"{info.RuntimeDirectory}/portables"],
            system ? PortableDirectories.SystemProfiles : [$"{info!.StateDirectory}/profile", $"{info.RuntimeDirectory}/profile"],
            $"{info?.RuntimeDirectory ?? DefaultRuntime}/profiles",
            [.. info?.UnitPath.Where(d => !d.Attached && !d.Generated).Select(d => d.Path) ?? ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"]]), info);
    }

    public string JournalDirectory => Info(report: false)?.JournalDirectory ?? $"{arguments.Value("--state-dir") ?? DefaultState}/journal";

    /// <summary>"nginx" → "nginx.service".</summary>
    public static string UnitNameOf(string word) => UnitName.WithSuffix(word);

    private Linux.OsResult<VarlinkClient> OpenChannel()
    {
        // a virtio-serial port of a machine's host, or a socket
        if (Linux.Sys.StatAt(Linux.Fd.Cwd, Socket).TryGet(out var stat, out _) && ((uint)stat.st_mode & 0xF000) == 0x2000)
            return Linux.Sys.Open(Socket, Tmds.Linux.LibC.O_RDWR).TryGet(out var device, out var error) ? VarlinkClient.Over(device) : error;
        return VarlinkClient.Connect(Socket);
    }
}
