using Supervisor.Launch;
using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>Descriptors 0, 1, 2, the sockets and what the service had stored; nothing else is open when the program begins.</summary>
internal static class StdioSteps
{
    private const int F_DUPFD_CLOEXEC = 1030, F_SETFL = 4, O_NONBLOCK = 0x800;

    public static void Write(PlanScope s)
    {
        var descriptors = new PlanRegister[Math.Min(s.Descriptors, 3 + Registers.MaxSockets)];
        descriptors[0] = s.Use(Registers.StandardInput);
        descriptors[1] = s.Use(Registers.StandardOutput);
        descriptors[2] = s.Use(Registers.StandardError);
        for (var i = 3; i < descriptors.Length; i++)
            descriptors[i] = s.Use(Registers.Socket(i - 3));
        if (s.Sandboxed && s.Effective.Users is { Value: true } users)
        {
            // It is entered later, when the numbers that are given away here may have covered it.
            s.Step("keep the user namespace at hand", users.Origin, ExitStatus.Fds);
            s.UserNamespace = s.Builder.CallKeep("fcntl (F_DUPFD_CLOEXEC)", null, Linux.Nr.fcntl, default, s.Use(Registers.UserNamespace), F_DUPFD_CLOEXEC, descriptors.Length);
        }
        var title = "connect standard input, output and error" + (s.Context.Sockets == 0 ? "" : $", {s.Context.Sockets} sockets")
            + (s.Context.Stored == 0 ? "" : $", {s.Context.Stored} stored descriptors") + (s.Context.Files == 0 ? "" : $", {s.Context.Files} files");
        s.Step(title, s.Get(Directives.StandardOutput).Origin, ExitStatus.Stdout);
        s.Builder.PlaceDescriptors(descriptors);
        Terminal(s);
        if (s.Context.Sockets == 0)
            return;
        var nonBlocking = s.Get(Directives.NonBlocking);
        s.Step(nonBlocking.Value ? "let its sockets not block" : "let its sockets block", nonBlocking.Origin, ExitStatus.Fds);
        for (var i = 3; i < Math.Min(descriptors.Length, 3 + s.Context.Sockets); i++)
            s.Builder.Call("fcntl (F_SETFL)", null, Linux.Nr.fcntl, default, i, F_SETFL, nonBlocking.Value ? O_NONBLOCK : 0);
    }

    /// <summary>After setsid(2), as the leader of its session. A terminal that another session has is only taken from it by tty-force.</summary>
    private static void Terminal(PlanScope s)
    {
        const int TIOCSCTTY = 0x540E;
        var input = s.Get(Directives.StandardInput);
        if (input.Value.Kind is not (StandardStream.Tty or StandardStream.TtyForce or StandardStream.TtyFail))
            return;
        s.Step("make the terminal its own", input.Origin, ExitStatus.Stdin, s.Get(Directives.TTYPath).Value ?? "/dev/console")
            .Call("ioctl (TIOCSCTTY)", null, Linux.Nr.ioctl, default, 0, TIOCSCTTY, input.Value.Kind == StandardStream.TtyForce ? 1 : 0);
        if (s.ChangesUser)
            s.Builder.Fchown(0, s.Context.Identity.Uid, uint.MaxValue);
    }

    /// <summary>
    /// Closed now and not only at execve, so that neither WorkingDirectory= nor the program's path can lead through /proc/self/fd to what the manager has open.
    /// A plan that may block keeps its pipe for the report, which is above all registers.
    /// </summary>
    public static void CloseRest(PlanScope s)
    {
        s.Step("close everything else", s.Command.Origin, ExitStatus.Fds);
        s.Builder.CloseRange((uint)s.Descriptors, s.Builder.MayBlock ? PlanRegister.Presets + 2 : uint.MaxValue);
    }
}
