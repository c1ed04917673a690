using System.Text;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>What a run has to say, a line each: 'N' before what status shows, 'I' before what is only logged. Bounded, whatever generators write.</summary>
internal sealed class GeneratorReport(Fd to, bool marked)
{
    private const int LinesMax = 200, TextMax = 500;

    private int _lines;

    public void Note(string text) => Say('N', text);

    public void Info(string text) => Say('I', text);

    public void Add(string generator, Diagnostic diagnostic)
    {
        // "file:0" is the whole file
        var text = diagnostic is { Origin: { File: { } file, Line: 0 } } ? $"{file}: {diagnostic.Message}" : diagnostic.ToString();
        Say(diagnostic.Severity == Severity.Note ? 'I' : 'N', $"{generator}: {text}");
    }

    private void Say(char kind, string text)
    {
        if (++_lines > LinesMax)
            return;
        if (_lines == LinesMax)
            text = "generators: there is more to say, which is left out";
        var line = string.Concat(text.Take(TextMax).Select(c => char.IsControl(c) ? '?' : c));
        // a manager that is gone is told nothing, and no one waits for this
        _ = Sys.WriteAll(to, Encoding.UTF8.GetBytes(marked ? $"{kind}{line}\n" : line + "\n"));
    }
}
