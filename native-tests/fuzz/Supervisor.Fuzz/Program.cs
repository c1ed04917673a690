using System.Globalization;
using SharpFuzz;
using Supervisor.Fuzz;

// replay CORPUS                         every saved input once; ends with "N passed, N failed", a target being one test
// instrument DIRECTORY                  a copy of this program there, with code that counts branches
// fuzz TARGET SECONDS CORPUS WORK [SEEDS]   (in such a copy) one target
// last WORK/last-TARGET                 prints what a fuzzer that died was at
// list                                  the targets
// before anything else, since instrumented code counts from its first branch
var coverage = new Coverage();
switch (args)
{
    case ["replay", var corpus]:
        return Replay(corpus);
    case ["instrument", var directory]:
        Instrument(directory);
        return 0;
    case ["fuzz", var name, var seconds, var corpus, var work, .. var seeds]:
        Directory.CreateDirectory(Path.Combine(work, "finds"));
        var target = Targets.All.First(t => t.Name == name);
        var files = seeds.SelectMany(s => Directory.EnumerateFiles(s)).Select(File.ReadAllBytes).ToList();
        return new Driver(target, coverage, corpus, work, Environment.TickCount).Fuzz(TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)), files) == 0 ? 0 : 1;
    case ["last", var path]:
        Console.WriteLine(LastInput.Read(path) is { } input ? Escaped.Of(input) : "nothing ran");
        return 0;
    case ["list"]:
        Console.WriteLine(string.Join('\n', Targets.All.Select(t => t.Name)));
        return 0;
    default:
        Console.Error.WriteLine("replay CORPUS | instrument DIRECTORY | fuzz TARGET SECONDS CORPUS WORK [SEEDS...] | last FILE | list");
        return 2;
}

static int Replay(string corpus)
{
    var (passed, failed) = (0, 0);
    foreach (var target in Targets.All)
    {
        var inputs = Corpus.Load(corpus, target).Concat(target.Seeds).ToList();
        var bad = 0;
        foreach (var input in inputs)
        {
            if (Run.Try(target, input, timed: false) is not { } find)
                continue;
            bad++;
            Console.WriteLine($"{target.Name}: {Escaped.Of(input)}\n{find.Text}");
        }
        _ = bad == 0 ? passed++ : failed++;
        Console.WriteLine($"{target.Name,-16} {inputs.Count,5} inputs {bad,3} failed");
    }
    Console.WriteLine($"{passed} passed, {failed} failed");
    return failed == 0 ? 0 : 1;
}

static void Instrument(string directory)
{
    foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
    {
        var copy = Path.Combine(directory, Path.GetRelativePath(AppContext.BaseDirectory, file));
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        File.Copy(file, copy, overwrite: true);
    }
    var own = Directory.EnumerateFiles(directory, "Supervisor.*.dll").Where(f => Path.GetFileName(f) != "Supervisor.Fuzz.dll");
    foreach (var file in own)
        Fuzzer.Instrument(file, _ => true, Options.Value);
}
