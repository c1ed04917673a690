namespace Supervisor.Units;

/// <summary>What must fit together in one unit (systemd.service(5), systemd.socket(5)).</summary>
internal static class UnitRules
{
    /// <summary>What some settings say of others. Before default dependencies.</summary>
    public static void Imply(Unit unit)
    {
        if (unit.Type != UnitType.Service)
            return;
        if (unit.Get(Directives.PermissionsStartOnly).Value)
            FreeOtherCommands(unit);
        // what has a name on the bus is ready when it has it, unless it says otherwise
        if (!unit.Get(Directives.Type).IsSet && unit.Get(Directives.BusName) is { Value: not null } named)
            unit.Set(Directives.Type, ServiceType.Dbus, named.Origin);
    }

    public static void Check(Unit unit, List<Diagnostic> diagnostics)
    {
        if (unit.Type == UnitType.Service)
            CheckService(unit, diagnostics);
        else if (unit.Type == UnitType.Socket)
            CheckSocket(unit, diagnostics);
        else if (unit.Type == UnitType.Timer && unit.Get(Directives.Timers).Value.Count == 0 && !unit.Get(Directives.OnClockChange).Value && !unit.Get(Directives.OnTimezoneChange).Value)
            diagnostics.Add(new(Severity.Error, At(unit, unit.Get(Directives.Timers).Origin), 0, 0, "a timer unit that never elapses: there is no OnCalendar= and none of its kin"));
        else if (unit.Type == UnitType.Path && unit.Get(Directives.Paths).Value.Count == 0)
            diagnostics.Add(new(Severity.Error, At(unit, unit.Get(Directives.Paths).Origin), 0, 0, "a path unit that watches nothing: there is no PathExists= and none of its kin"));
    }

    private static void CheckSocket(Unit unit, List<Diagnostic> diagnostics)
    {
        var listen = unit.Get(Directives.ListenAddresses);
        if (listen.Value.Count == 0)
            Add(listen.Origin, "a socket unit that listens nowhere: there is no ListenStream= and none of its kin");
        if (unit.Get(Directives.Accept) is { Value: true } accept)
        {
            if (listen.Value.FirstOrDefault(l => !l.CanAccept) is { } other)
                Add(accept.Origin, $"there are no connections on Listen{other.Kind}={other.Text} that a service each could be given");
            if (unit.Get(Directives.SocketService) is { Value: not null } service)
                Add(service.Origin, "with Accept=yes the services are those of the socket's own template");
            if (unit.Get(Directives.MaxConnections) is { Value: 0 } most)
                Add(most.Origin, "with Accept=yes there has to be room for a connection");
        }
        if (unit.Get(Directives.Symlinks) is { Value.Count: > 0 } links && listen.Value.Count(l => l.File is not null && l.Kind != ListenKind.Special) != 1)
            Add(links.Origin, "links need exactly one socket or FIFO in the file system that they lead to");
        if (unit.Get(Directives.MessageQueueMaxMessages).Value > 0 != unit.Get(Directives.MessageQueueMessageSize).Value > 0)
            Add((unit.Get(Directives.MessageQueueMaxMessages).IsSet ? unit.Get(Directives.MessageQueueMaxMessages) : unit.Get(Directives.MessageQueueMessageSize)).Origin, "MessageQueueMaxMessages= and MessageQueueMessageSize= are for both or none");
        // the filter is one of the cgroup's, and a socket is in that of the manager, which makes it
        if (unit.Get(Directives.IPAddressDeny) is { Value.Count: > 0 } deny && listen.Value.Any(l => l.Socket is SocketAddress.Internet or SocketAddress.AnyAddress))
            Add(deny.Origin, "does not filter what comes to a socket here: it belongs into the service");

        void Add(Origin origin, string message) => diagnostics.Add(new(Severity.Error, At(unit, origin), 0, 0, message));
    }

    /// <summary>PermissionsStartOnly=, which is older than the prefix +.</summary>
    private static void FreeOtherCommands(Unit unit)
    {
        foreach (var row in (ReadOnlySpan<Directive<IReadOnlyList<ExecCommand>>>)
            [Directives.ExecCondition, Directives.ExecStartPre, Directives.ExecStartPost, Directives.ExecReload, Directives.ExecStop, Directives.ExecStopPost])
        {
            var commands = unit.Get(row);
            if (commands.IsSet)
                unit.Set(row, (IReadOnlyList<ExecCommand>)[.. commands.Value.Select(c => c with { FullPrivileges = true })], commands.Origin);
        }
    }

    private static void CheckService(Unit unit, List<Diagnostic> diagnostics)
    {
        var type = unit.Get(Directives.Type);
        var start = unit.Get(Directives.ExecStart);
        var oneshot = type.Value == ServiceType.Oneshot;
        if (start.Value.Count == 0 && !diagnostics.Exists(d => d.Severity == Severity.Error && d.Origin.Directive == "ExecStart"))
        {
            var stop = unit.Get(Directives.ExecStop).Value.Count > 0;
            var acts = unit.Get(Directives.SuccessAction).Value.End is not null;
            if (!acts && !(unit.Get(Directives.RemainAfterExit).Value && stop) && !(oneshot && (stop || unit.Get(Directives.RemainAfterExit).Value)))
                Add(start.Origin with { Directive = "ExecStart" }, "a service without a command: ExecStart= is missing");
        }
        if (start.Value.Count > 1 && !oneshot)
            Add(start.Origin, "more than one command, which only Type=oneshot may have");
        var bus = unit.Get(Directives.BusName);
        if (type.Value == ServiceType.Dbus && bus.Value is null)
            Add(type.Origin, "Type=dbus needs BusName=");
        if (oneshot && unit.Get(Directives.ExitType) is { Value: ExitType.Cgroup } exit)
            Add(exit.Origin, "Type=oneshot ends with its last command, so ExitType=cgroup cannot be");
        var restart = unit.Get(Directives.Restart);
        if (oneshot && restart.Value is RestartPolicy.Always or RestartPolicy.OnSuccess)
            Add(restart.Origin, "Type=oneshot cannot be restarted after a success");
        if (unit.Get(Directives.RootImage) is { IsSet: true, Value: not null } image && unit.Get(Directives.RootDirectory) is { IsSet: true, Value: not null })
            Add(image.Origin, "RootDirectory= is set as well, and there can be one root only");
        var input = unit.Get(Directives.StandardInput);
        if (unit.Get(Directives.StandardOutput) is { Value.Kind: StandardStream.Socket } output && input.Value.Kind != StandardStream.Socket)
            Add(output.Origin, "socket needs StandardInput=socket");

        void Add(Origin origin, string message) => diagnostics.Add(new(Severity.Error, At(unit, origin), 0, 0, message));
    }

    private static Origin At(Unit unit, Origin origin) => origin.File is null ? origin with { File = unit.FragmentPath, Line = 1 } : origin;
}
