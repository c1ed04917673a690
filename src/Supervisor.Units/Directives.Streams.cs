namespace Supervisor.Units;

/// <summary>What is behind the standard streams, and which files are open when a service begins.</summary>
public static partial class Directives
{
    /// <summary>StandardInputText= adds to it, too.</summary>
    public static readonly Directive<byte[]> StandardInputData =
        new() { Section = "Service", Name = "StandardInputData", Default = [], Parse = Syntax.InputData(), Since = 236, Help = "Data for its standard input, as base64 (StandardInputText= as text)" };

    public static readonly Directive<IReadOnlyList<Sourced<OpenFile>>> OpenFile =
        new() { Section = "Service", Name = "OpenFile", Default = [], Parse = Syntax.OpenFiles(), Since = 253, Ceiling = Ceiling.Withheld, Help = "Files opened for the service" };

    public static readonly Directive<bool> RootDirectoryStartOnly =
        new() { Section = "Service", Name = "RootDirectoryStartOnly", Default = false, Parse = Syntax.Bool(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Commands other than ExecStart= have the host's root" };

    public static readonly Directive<string?> TTYPath =
        new() { Section = "Service", Name = "TTYPath", Default = null, Parse = Syntax.AbsolutePath(), Since = 1, Ceiling = Ceiling.Withheld, Help = "The terminal, /dev/console if not said" };

    public static readonly Directive<bool> TTYReset =
        new() { Section = "Service", Name = "TTYReset", Default = false, Parse = Syntax.Bool(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Reset the terminal before and after" };

    public static readonly Directive<bool> TTYVHangup =
        new() { Section = "Service", Name = "TTYVHangup", Default = false, Parse = Syntax.Bool(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Disconnect its other users before and after" };

    public static readonly Directive<bool> TTYVTDisallocate =
        new() { Section = "Service", Name = "TTYVTDisallocate", Default = false, Parse = Syntax.Bool(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Clear the virtual console before and after" };

    public static readonly Directive<int?> TTYColumns =
        new() { Section = "Service", Name = "TTYColumns", Default = null, Parse = Syntax.OptionalInt(0, 65535), Since = 250, Help = "Its width" };

    public static readonly Directive<int?> TTYRows =
        new() { Section = "Service", Name = "TTYRows", Default = null, Parse = Syntax.OptionalInt(0, 65535), Since = 250, Help = "Its height" };

    private static void RegisterStreams()
    {
        DirectiveTable.Add(StandardInputData);
        DirectiveTable.AddVariant(StandardInputData, "StandardInputText", Syntax.InputText());
        DirectiveTable.Add(OpenFile);
        DirectiveTable.Add(RootDirectoryStartOnly);
        DirectiveTable.Add(TTYPath);
        DirectiveTable.Add(TTYReset);
        DirectiveTable.Add(TTYVHangup);
        DirectiveTable.Add(TTYVTDisallocate);
        DirectiveTable.Add(TTYColumns);
        DirectiveTable.Add(TTYRows);
    }
}
