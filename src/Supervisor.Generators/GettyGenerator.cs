using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>Login prompts where the kernel's messages go, and on the terminals that a container manager gives, as systemd-getty-generator(8).</summary>
public static class GettyGenerator
{
    public const string Name = "systemd-getty-generator";
    private const string Target = "getty.target", Serial = "serial-getty@.service", Container = "container-getty@.service", Console = "console-getty.service";

    /// <summary>Consoles of hypervisors, which are used whether or not the kernel's messages go there.</summary>
    public static readonly IReadOnlyList<string> HypervisorConsoles = ["hvc0", "xvc0", "hvsi0", "sclp_line0", "ttysclp0", "3270/tty1"];

    /// <param name="consoles">Of the kernel, as /sys/class/tty/console/active has them.</param>
    /// <param name="isTerminal">Whether a name below /dev is one.</param>
    /// <param name="containerTerminals">$container_ttys of PID 1; null where it is none.</param>
    public static GeneratorOutput Generate(IReadOnlyList<string> consoles, Func<string, bool> isTerminal, string? containerTerminals, GeneratorFacts facts)
    {
        var output = new GeneratorOutput();
        if (facts.InContainer)
        {
            if (facts.HasUnit(Console))
                output.HookSystem(GeneratorPlace.Normal, Target, Console);
            foreach (var word in (containerTerminals ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                var terminal = word.StartsWith("/dev/", StringComparison.Ordinal) ? word[5..] : word;
                if (terminal.StartsWith("pts/", StringComparison.Ordinal) && facts.HasUnit(Container))
                    Add(Container, terminal[4..], word, output);
            }
            return output;
        }
        if (!facts.HasUnit(Serial))
            return output;
        foreach (var console in consoles.Where(c => !IsVirtual(c)).Concat(HypervisorConsoles))
        {
            if (isTerminal(console))
                Add(Serial, console, console, output);
        }
        return output;
    }

    private static void Add(string template, string instance, string said, GeneratorOutput output)
    {
        var name = template.Replace("@.", $"@{UnitName.Escape(instance)}.", StringComparison.Ordinal);
        if (instance.Length > 0 && UnitName.IsValid(name))
            output.HookSystem(GeneratorPlace.Normal, Target, name, template);
        else
            output.Report(Severity.Warning, null, 0, $"{said} names no terminal, ignored");
    }

    /// <summary>tty0, tty1 …: those have getty@.service.</summary>
    private static bool IsVirtual(string console) => console.StartsWith("tty", StringComparison.Ordinal) && console.Length > 3 && console.AsSpan(3).IndexOfAnyExceptInRange('0', '9') < 0;
}
