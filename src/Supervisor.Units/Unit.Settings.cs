namespace Supervisor.Units;

public sealed partial class Unit
{
    /// <summary>Rows get their index with the table: a unit in whose files no directive was looked up needs them, too.</summary>
    static Unit() => _ = DirectiveTable.All.Count;

    private readonly record struct Stored(int Index, object? Value, Origin Origin);

    /// <summary>What the files said, in table order: few of a thousand rows, in little more memory than they take.</summary>
    private Stored[] _settings = [];
    private int _count;

    /// <summary>The value of a row in this unit: what the files say, else the row's default.</summary>
    public Setting<T> Get<T>(Directive<T> directive) =>
        Find(directive.Index) is >= 0 and var at
            ? new Setting<T>((T)_settings[at].Value!, _settings[at].Origin, true)
            : new Setting<T>(directive.Default, Origin.Default(directive.Name), false);

    /// <summary>The rows that some file set, in table order.</summary>
    public IEnumerable<Directive> SetDirectives => _settings.Take(_count).Select(s => DirectiveTable.All[s.Index]);

    /// <summary>Where a row was last said in this unit.</summary>
    public Origin OriginOf(Directive directive) => Find(directive.Index) is >= 0 and var at ? _settings[at].Origin : Origin.Default(directive.Name);

    internal void Set(Directive directive, object? value, Origin origin)
    {
        var at = Find(directive.Index);
        if (at < 0)
        {
            at = ~at;
            if (_count == _settings.Length)
                Array.Resize(ref _settings, _count + Math.Max(4, _count / 2));
            _settings.AsSpan(at, _count++ - at).CopyTo(_settings.AsSpan(at + 1));
        }
        _settings[at] = new(directive.Index, value, origin);
    }

    internal bool TryGetBoxed(Directive directive, out object? value, out Origin origin)
    {
        var at = Find(directive.Index);
        (value, origin) = at >= 0 ? (_settings[at].Value, _settings[at].Origin) : (directive.BoxedDefault, Origin.Default(directive.Name));
        return at >= 0;
    }

    internal void Unset(Directive directive)
    {
        if (Find(directive.Index) is not (>= 0 and var at))
            return;
        _settings.AsSpan(at + 1, --_count - at).CopyTo(_settings.AsSpan(at));
        _settings[_count] = default;
    }

    /// <summary>The place of a row, or the complement of where it would be.</summary>
    private int Find(int index)
    {
        var (low, high) = (0, _count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_settings[middle].Index == index)
                return middle;
            if (_settings[middle].Index < index)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }
}
