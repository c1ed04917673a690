namespace Supervisor.Units.Tests;

public sealed class DirectiveDocumentTests
{
    /// <summary>With SUPERVISOR_WRITE_DOCS=1 it is written anew instead.</summary>
    [Fact]
    public void Docs_directives_md_is_what_the_table_says()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Supervisor.sln")))
            directory = directory.Parent;
        var path = Path.Combine(directory.FullName, "docs/directives.md");
        if (Environment.GetEnvironmentVariable("SUPERVISOR_WRITE_DOCS") == "1")
            File.WriteAllText(path, DirectiveDocument.Markdown());
        Assert.Equal(DirectiveDocument.Markdown(), File.ReadAllText(path));
    }
}
