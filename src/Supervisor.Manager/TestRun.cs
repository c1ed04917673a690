using System.Globalization;
using System.Text;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary><c>supervisor run --test UNIT…</c>: reads the units, works the transaction out, says what would be started in which order, and ends. Nothing is started or written.</summary>
public static class TestRun
{
    public static int Run(ManagerOptions options)
    {
        var engine = new UnitEngine(UnitSource.Of(new ManagerPaths(options)));
        var text = new StringBuilder();
        var status = 0;
        var jobs = new HashSet<(string, JobType)>();
        foreach (var unit in options.Start.Count > 0 ? options.Start : ["default.target"])
        {
            var preview = engine.Preview(unit, JobType.Start, JobMode.Replace);
            foreach (var note in preview.Notes)
                Say($"note: {note}");
            if (preview.Failure is { } failure)
            {
                Say(failure.ToString());
                status = 1;
            }
            foreach (var job in preview.Jobs)
            {
                if (jobs.Add(job))
                    Say($"{Engine.Words.Of(job.Type)} {job.Unit}");
            }
        }
        foreach (var unit in engine.Units)
        {
            foreach (var problem in unit.Unit.Diagnostics)
            {
                if (problem.Severity != Severity.Note)
                    Say($"note: {unit.Name}: {problem}");
            }
        }
        Say(string.Create(CultureInfo.InvariantCulture, $"{engine.Units.Count} units, {jobs.Count} jobs, {GC.GetTotalMemory(forceFullCollection: true)} bytes of memory"));
        GC.KeepAlive(engine); // counted above
        return Sys.WriteAll(new Fd(1), Encoding.UTF8.GetBytes(text.ToString())).Ok ? status : 1;

        // names and problems are the files' own words
        void Say(string line) => text.Append(Journal.SafeText.Of(line)).Append('\n');
    }
}
