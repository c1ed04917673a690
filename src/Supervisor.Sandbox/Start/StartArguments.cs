using System.Runtime.InteropServices;
using System.Text;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// argv and envp of one start in memory of their own, for <see cref="Registers.Arguments"/> and its neighbours. Has to live until <see cref="Launcher.Start"/> has returned.
/// </summary>
public sealed unsafe class StartArguments : IDisposable
{
    private readonly Dictionary<PlanRegister, nint> _registers = [];
    private byte* _memory;

    private StartArguments(byte* memory, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        _memory = memory;
        Arguments = arguments;
        Environment = environment;
    }

    /// <summary>The command line as the program gets it.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The environment, without the three variables that hold the process's own number.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Reads the environment files and puts everything together; null and the failure when one cannot be read.</summary>
    public static StartArguments? Create(StartTemplate template, StartValues values, out Failure? failure)
    {
        var environment = EnvironmentBlock.Compose(template, values, out failure);
        if (environment is null)
            return null;
        IReadOnlyList<string>? arguments = template.Command.ExpandEnvironment
            ? CommandLine.Expand(template.Command.Arguments, environment)
            : template.Command.Arguments;
        if (arguments is null)
        {
            failure = new Failure("cannot put variables into the command line: it would be longer than the kernel takes", null, template.Command.Origin);
            return null;
        }
        if (template.Command.Shell != ShellUse.None)
            arguments = ShellCommand.Arguments(template.Command, arguments);
        if (arguments.Count == 0)
            arguments = [template.Command.Path];

        var pids = new List<(PlanRegister Register, string Name, bool Shown)>
        {
            (Registers.ExecPid, "SYSTEMD_EXEC_PID", true),
            (Registers.ListenPid, "LISTEN_PID", template.Sockets > 0),
            (Registers.WatchdogPid, "WATCHDOG_PID", environment.ContainsKey("WATCHDOG_USEC")),
        };
        var unset = template.Unit.Get(Directives.UnsetEnvironment).Value;
        var lines = environment.Select(e => $"{e.Key}={e.Value}").ToList();
        // a text that the child completes: its prefix, room for a number, a zero
        const int numberRoom = 12;
        var size = 8 * (arguments.Count + lines.Count + pids.Count + 2);
        foreach (var text in arguments.Concat(lines))
            size += Encoding.UTF8.GetByteCount(text) + 1;
        foreach (var (_, name, _) in pids)
            size += name.Length + 1 + numberRoom;

        var memory = (byte*)NativeMemory.AllocZeroed((nuint)size);
        var result = new StartArguments(memory, arguments, environment);
        var vector = (nint*)memory;
        var argv = (nint)vector;
        var texts = memory + 8 * (arguments.Count + lines.Count + pids.Count + 2);
        foreach (var argument in arguments)
            *vector++ = Put(argument);
        vector++;
        var envp = (nint)vector;
        foreach (var line in lines)
            *vector++ = Put(line);
        foreach (var (register, name, shown) in pids)
        {
            var at = Put(name + "=");
            texts += numberRoom - 1;
            result._registers[register] = at;
            if (shown && !unset.Contains(name))
                *vector++ = at;
        }
        result._registers[Registers.Arguments] = argv;
        result._registers[Registers.Environment] = envp;
        return result;

        nint Put(string text)
        {
            var at = texts;
            // A zero byte in a value would end it early: it cannot come from a file of ours, and from a service's file it only harms the service.
            texts += Encoding.UTF8.GetBytes(text, new Span<byte>(at, Encoding.UTF8.GetByteCount(text))) + 1;
            return (nint)at;
        }
    }

    /// <summary>Puts the addresses into the registers.</summary>
    public void Fill(ref LaunchParameters parameters)
    {
        foreach (var (register, address) in _registers)
            parameters.Set(register, address);
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }
}
