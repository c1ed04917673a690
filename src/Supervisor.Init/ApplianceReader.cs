using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Supervisor.Init;

/// <summary>Reads an appliance from the library's events. What is wrong is a <see cref="YamlException"/> with its place.</summary>
internal sealed class ApplianceReader(string text)
{
    private readonly Parser _parser = new(new StringReader(text));

    public Appliance Read()
    {
        var a = new Appliance();
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
            return a; // nothing but comments
        Map("", ["hostname", "network", "modules", "images", "start", "log", "control-port"], key =>
        {
            switch (key)
            {
                case "hostname": a.Hostname = Value(ApplianceValues.HostName); break;
                case "network": a.Network = Network(); break;
                case "modules": a.Modules = List(() => Value(ApplianceValues.Module)); break;
                case "images": a.Images = List(Image); break;
                case "start": a.Start = List(() => Value(ApplianceValues.Name)); break;
                case "log": a.Log = Log(); break;
                default: a.ControlPort = Value(ApplianceValues.Port); break;
            }
        });
        _parser.Consume<DocumentEnd>();
        return _parser.Current is StreamEnd || !_parser.TryConsume<DocumentStart>(out var second) ? a : throw Wrong(second, "one document is all that an appliance has");
    }

    private ApplianceNetwork Network()
    {
        var network = new ApplianceNetwork();
        Map("network", ["address", "gateway", "dns"], key =>
        {
            switch (key)
            {
                case "address": network.Address = Value(ApplianceValues.InterfaceAddress); break;
                case "gateway": network.Gateway = Value(ApplianceValues.Address); break;
                default: network.Dns = List(() => Value(ApplianceValues.Address)); break;
            }
        });
        return network;
    }

    private ApplianceImage Image()
    {
        var image = new ApplianceImage();
        Map("an image", ["path", "profile"], key =>
        {
            if (key == "path")
                image.Path = Value(ApplianceValues.Path);
            else
                image.Profile = Value(ApplianceValues.Name);
        });
        return image;
    }

    private ApplianceLog Log()
    {
        var log = new ApplianceLog();
        Map("log", ["max-size", "max-file-size"], key =>
        {
            if (key == "max-size")
                log.MaxSize = Value(ApplianceValues.Size);
            else
                log.MaxFileSize = Value(ApplianceValues.Size);
        });
        return log;
    }

    /// <summary>Keys and their values; nothing at all is a map of nothing.</summary>
    private void Map(string what, string[] keys, Action<string> read)
    {
        if (IsNothing())
            return;
        if (!_parser.TryConsume<MappingStart>(out _))
            throw Wrong(_parser.Current, what.Length == 0 ? "keys and their values are wanted here" : $"{what} has keys and their values");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw Wrong(_parser.Current, "a key is one word");
            if (!keys.Contains(key.Value))
                throw Wrong(key, $"no such key {key.Value}{Near(key.Value, keys)}");
            if (!seen.Add(key.Value))
                throw Wrong(key, $"{key.Value} is here a second time");
            read(key.Value);
        }
    }

    private List<T> List<T>(Func<T?> read)
        where T : class
    {
        var list = new List<T>();
        if (IsNothing())
            return list;
        if (!_parser.TryConsume<SequenceStart>(out _))
            throw Wrong(_parser.Current, "a list is wanted here");
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (read() is { } item)
                list.Add(item);
        }
        return list;
    }

    private T? Value<T>(ValueForm<T> form)
        where T : class
    {
        if (IsNothing())
            return null;
        if (!_parser.TryConsume<Scalar>(out var scalar))
            throw Wrong(_parser.Current, $"{form.Expected} is wanted here, not a list or a map");
        return form.Parse(scalar.Value) ?? throw Wrong(scalar, $"'{scalar.Value}' is not {form.Expected}");
    }

    /// <summary>"key:", "key: ~" and "key: null".</summary>
    private bool IsNothing()
    {
        if (_parser.Current is null)
            _parser.MoveNext();
        if (_parser.Current is not Scalar { IsPlainImplicit: true, Style: ScalarStyle.Plain, Value: "" or "~" or "null" })
            return false;
        _parser.MoveNext();
        return true;
    }

    private static YamlException Wrong(ParsingEvent? at, string message) => new(at?.Start ?? Mark.Empty, at?.End ?? Mark.Empty, message);

    private static string Near(string key, string[] keys)
    {
        foreach (var known in keys)
        {
            // one letter more, less or other, or two swapped
            if (Math.Abs(known.Length - key.Length) <= 1 && known.AsSpan().CommonPrefixLength(key) + CommonEnd(known, key) >= Math.Max(known.Length, key.Length) - 2)
                return $"; did you mean {known}?";
        }
        return "";
    }

    private static int CommonEnd(string a, string b)
    {
        var n = 0;
        while (n < a.Length && n < b.Length && a[^(n + 1)] == b[^(n + 1)])
            n++;
        return n;
    }
}
