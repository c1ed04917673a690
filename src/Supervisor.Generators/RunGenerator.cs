using Supervisor.Init;
using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>systemd.run= of the kernel command line: a unit that runs the commands and is booted into, as systemd-run-generator(8).</summary>
public static class RunGenerator
{
    public const string Name = "systemd-run-generator";
    private const string Unit = "kernel-command-line.service", Target = "kernel-command-line.target", CommandLine = "/proc/cmdline";

    public static GeneratorOutput Generate(KernelCommandLine line, bool initramfs)
    {
        var output = new GeneratorOutput();
        var commands = new List<string>();
        string success = "exit", failure = "exit";
        foreach (var (key, value) in KernelWords.For(line, initramfs))
        {
            if (key is not ("systemd.run" or "systemd.run_success_action" or "systemd.run_failure_action"))
                continue;
            if (string.IsNullOrWhiteSpace(value) || !UnitText.IsSafe(value))
                output.Report(Severity.Warning, CommandLine, 1, $"{key}= says nothing that can be run or done, ignored");
            else if (key == "systemd.run")
                commands.Add(value);
            else if (key == "systemd.run_success_action")
                success = value;
            else
                failure = value;
        }
        // an action without a command has nothing to act on
        if (commands.Count == 0)
            return output;
        var text = new UnitText("run").Section("Unit").Set("Description", "Command from Kernel Command Line").Set("SourcePath", CommandLine);
        if (success != "none")
            text.Literal("SuccessAction", success);
        if (failure != "none")
            text.Literal("FailureAction", failure);
        text.Section("Service").Set("Type", "oneshot").Set("StandardOutput", "journal+console");
        foreach (var command in commands)
            text.Literal("ExecStart", command);
        output.File(GeneratorPlace.Normal, Unit, text.ToString());
        output.File(GeneratorPlace.Normal, Target, new UnitText("run").Section("Unit").Set("Description", "Command from Kernel Command Line").Set("SourcePath", CommandLine)
            .Set("Requires", Unit).Set("After", Unit).ToString());
        output.Link(GeneratorPlace.Normal, "default.target", Target);
        return output;
    }
}
