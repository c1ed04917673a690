using System.Globalization;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>The terminal of a service (TTYPath= and its kin), made ready before it begins and cleared when it has ended.</summary>
internal static class Terminals
{
    private const string Default = "/dev/console";

    public static string PathOf(Unit unit) => unit.Get(Directives.TTYPath).Value ?? Default;

    public static bool IsTerminal(StandardStream kind) => kind is StandardStream.Tty or StandardStream.TtyForce or StandardStream.TtyFail;

    /// <summary>Hangs up, resets, clears and sizes it as the unit says; the first thing that failed.</summary>
    public static Failure? Prepare(Unit unit)
    {
        var path = PathOf(unit);
        if (unit.Get(Directives.TTYVHangup) is { Value: true } hangup && With(path, Sys.HangUp).Failed(out var error))
            return new Failure($"cannot disconnect the users of {path}", error, hangup.Origin, Launch.ExitStatus.Stdin);
        if (unit.Get(Directives.TTYReset) is { Value: true } reset && With(path, Sys.ResetTerminal).Failed(out error))
            return new Failure($"cannot reset {path}", error, reset.Origin, Launch.ExitStatus.Stdin);
        if (unit.Get(Directives.TTYVTDisallocate) is { Value: true } clear && Clear(path).Failed(out error))
            return new Failure($"cannot clear {path}", error, clear.Origin, Launch.ExitStatus.Stdin);
        var (rows, columns) = (unit.Get(Directives.TTYRows), unit.Get(Directives.TTYColumns));
        if ((rows.Value ?? columns.Value) is not null && With(path, f => Sys.SetTerminalSize(f, (ushort)(rows.Value ?? 0), (ushort)(columns.Value ?? 0))).Failed(out error))
            return new Failure($"cannot set the size of {path}", error, rows.IsSet ? rows.Origin : columns.Origin, Launch.ExitStatus.Stdin);
        return null;
    }

    /// <summary>The same at the end, without the size.</summary>
    public static Failure? Leave(Unit unit) =>
        unit.Get(Directives.TTYVHangup).Value || unit.Get(Directives.TTYReset).Value || unit.Get(Directives.TTYVTDisallocate).Value ? Prepare(unit) : null;

    private static OsResult Clear(string path)
    {
        if (path.StartsWith("/dev/tty", StringComparison.Ordinal) && int.TryParse(path.AsSpan("/dev/tty".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            var freed = With("/dev/tty0", console => Sys.DisallocateConsole(console, number));
            if (freed.Ok)
                return freed;
        }
        // home, erase the screen, erase what was scrolled off it (console_codes(4))
        return With(path, terminal => Sys.WriteAll(terminal, "\x1b[r\x1b[H\x1b[2J\x1b[3J"u8));
    }

    private static OsResult With(string path, Func<Fd, OsResult> act)
    {
        if (!Sys.OpenTerminal(path).TryGet(out var fd, out var error))
            return error;
        var result = act(fd);
        fd.Close();
        return result;
    }
}
