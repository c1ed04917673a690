using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Supervisor.Linux;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Supervisor.Init;

/// <summary>Something wrong in appliance.yaml, and where (1-based).</summary>
public sealed record ApplianceError(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>appliance.yaml → <see cref="Appliance"/>. A key that is not known and a value of the wrong form are errors; the first is reported.</summary>
public static class ApplianceFile
{
    public const string DefaultPath = "/etc/appliance.yaml";
    private const int MaxBytes = 64 * 1024;

    private static readonly string[] Keys =
        ["hostname", "network", "address", "gateway", "dns", "modules", "images", "path", "profile", "start", "log", "max-size", "max-file-size", "control-port"];

    /// <summary>Reads and parses the file.</summary>
    public static (Appliance? Appliance, ApplianceError? Error) Load(string path) =>
        Sys.ReadFile(path, MaxBytes).TryGet(out var bytes, out var error) ? Parse(path, bytes) : (null, new ApplianceError(path, 0, 0, $"cannot read it: {error}"));

    /// <summary>Parses text in UTF-8.</summary>
    public static (Appliance? Appliance, ApplianceError? Error) Parse(string path, ReadOnlySpan<byte> text)
    {
        var deserializer = new StaticDeserializerBuilder(new ApplianceContext())
            .WithNamingConvention(HyphenatedNamingConvention.Instance)
            .WithTypeConverter(new ValueConverter())
            .WithDuplicateKeyChecking()
            .Build();
        try
        {
#pragma warning disable CA2263 // the generic one casts, and a file that is one word would be an InvalidCastException
            var read = deserializer.Deserialize(new Parser(new StringReader(System.Text.Encoding.UTF8.GetString(text))), typeof(Appliance));
#pragma warning restore CA2263
            if (read is not (null or Appliance))
                return (null, new ApplianceError(path, 1, 1, "keys and their values are wanted here"));
            var appliance = read as Appliance ?? new Appliance();
            return Missing(appliance) is { } missing ? (null, new ApplianceError(path, 0, 0, missing)) : (appliance, null);
        }
        catch (YamlException e)
        {
            var cause = e;
            while (cause.InnerException is YamlException inner)
                cause = inner;
            // The library's own messages carry no key or kind that a reader knows; ours begin with the value.
            return (null, new ApplianceError(path, (int)cause.Start.Line, (int)cause.Start.Column, Plain(cause)));
        }
    }

    private static string? Missing(Appliance a)
    {
        if (a.Network is { Address: null })
            return "network needs address, such as 10.0.2.15/24";
        // "images:" with nothing after it is a list of nothing
        a.Images ??= [];
        a.Modules ??= [];
        a.Start ??= [];
        if (a.Network is { } network)
            network.Dns ??= [];
        return a.Images.Exists(i => i?.Path is null) ? "each of images needs path" : null;
    }

    private static string Plain(YamlException e)
    {
        const string notFound = "Property '";
        if (e is ValueException)
            return e.Message;
        if (e.Message.StartsWith(notFound, StringComparison.Ordinal) && e.Message.IndexOf('\'', notFound.Length) is > 0 and var end)
        {
            var key = e.Message[notFound.Length..end];
            return $"no such key {key}{Near(key)}";
        }
        return e.Message;
    }

    private static string Near(string key)
    {
        foreach (var known in Keys)
        {
            // one letter more, less or other, or two swapped
            if (Math.Abs(known.Length - key.Length) <= 1 && Common(known, key) + CommonEnd(known, key) >= Math.Max(known.Length, key.Length) - 2)
                return $"; did you mean {known}?";
        }
        return "";
    }

    private static int Common(string a, string b) => a.AsSpan().CommonPrefixLength(b);

    private static int CommonEnd(string a, string b)
    {
        var n = 0;
        while (n < a.Length && n < b.Length && a[^(n + 1)] == b[^(n + 1)])
            n++;
        return n;
    }
}

/// <summary>The generated knowledge of the types, in place of reflection.</summary>
[YamlStaticContext]
public sealed partial class ApplianceContext : StaticContext;

/// <summary>A value of the wrong form, with its place.</summary>
internal sealed class ValueException(Mark start, Mark end, string message) : YamlException(start, end, message);

/// <summary>Scalars of a form of their own.</summary>
internal sealed class ValueConverter : IYamlTypeConverter
{
    public bool Accepts(Type type) =>
        type == typeof(HostName) || type == typeof(UnitName) || type == typeof(AbsolutePath) || type == typeof(PortName) || type == typeof(KernelModule)
        || type == typeof(InterfaceAddress) || type == typeof(NetworkAddress) || type == typeof(ByteSize);

    public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer)
    {
        if (!parser.TryConsume<Scalar>(out var scalar))
        {
            var found = parser.Current;
            throw new ValueException(found?.Start ?? Mark.Empty, found?.End ?? Mark.Empty, $"{Expected(type)} is wanted here, not a list or a map");
        }
        return Parse(type, scalar.Value) ?? throw new ValueException(scalar.Start, scalar.End, $"'{scalar.Value}' is not {Expected(type)}");
    }

    public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) =>
        throw new NotSupportedException("appliance.yaml is only read");

    private static string Expected(Type type) =>
        type == typeof(HostName) ? "a host name (letters, digits, hyphens and dots, at most 64)"
        : type == typeof(UnitName) ? "a name (letters, digits and :-_.\\@, at most 255)"
        : type == typeof(AbsolutePath) ? "an absolute path"
        : type == typeof(PortName) ? "the name of a port (letters, digits, dots and hyphens)"
        : type == typeof(KernelModule) ? "the name of a kernel module (letters, digits, - and _), parameters after a space"
        : type == typeof(InterfaceAddress) ? "an address with its prefix length, such as 10.0.2.15/24"
        : type == typeof(NetworkAddress) ? "an address, such as 10.0.2.2"
        : "a size, such as 64M";

    private static object? Parse(Type type, string text)
    {
        if (type == typeof(HostName))
            return IsHostName(text) ? new HostName(text) : null;
        if (type == typeof(UnitName))
            return text.Length is > 0 and <= 255 && text.All(c => char.IsAsciiLetterOrDigit(c) || ":-_.\\@".Contains(c, StringComparison.Ordinal)) ? new UnitName(text) : null;
        if (type == typeof(AbsolutePath))
            return text.StartsWith('/') && !text.Contains('\0') ? new AbsolutePath(text) : null;
        if (type == typeof(PortName))
            return text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? new PortName(text) : null;
        if (type == typeof(KernelModule))
            return ParseModule(text);
        if (type == typeof(InterfaceAddress))
            return ParseInterfaceAddress(text);
        if (type == typeof(NetworkAddress))
            return IPAddress.TryParse(text, out var address) ? new NetworkAddress(address) : null;
        return ParseSize(text);
    }

    private static bool IsHostName(string text) =>
        text.Length is > 0 and <= 64 && text.Split('.').All(l => l.Length is > 0 and <= 63 && l[0] != '-' && l[^1] != '-' && l.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static KernelModule? ParseModule(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var name = space < 0 ? text : text[..space];
        return name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? new KernelModule(name.Replace('-', '_'), space < 0 ? "" : text[(space + 1)..].Trim())
            : null;
    }

    private static InterfaceAddress? ParseInterfaceAddress(string text) =>
        text.Split('/') is [var a, var p] && IPAddress.TryParse(a, out var address)
        && int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) && prefix <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            ? new InterfaceAddress(address, prefix)
            : null;

    private static ByteSize? ParseSize(string text)
    {
        if (text.Length == 0)
            return null;
        var shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        var digits = shift == 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 && n <= long.MaxValue >> shift ? new ByteSize(n << shift) : null;
    }
}
