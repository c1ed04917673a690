namespace Supervisor.Units;

public sealed partial class Unit
{
    private readonly Dictionary<int, (object? Value, Origin Origin)> _settings = [];

    /// <summary>The value of a row in this unit: what the files say, else the row's default.</summary>
    public Setting<T> Get<T>(Directive<T> directive) =>
        _settings.TryGetValue(directive.Index, out var found)
            ? new Setting<T>((T)found.Value!, found.Origin, true)
            : new Setting<T>(directive.Default, Origin.Default(directive.Name), false);

    /// <summary>The rows that some file set, in table order.</summary>
    public IEnumerable<Directive> SetDirectives => _settings.Keys.Order().Select(i => DirectiveTable.All[i]);

    /// <summary>Where a row was last said in this unit.</summary>
    public Origin OriginOf(Directive directive) => _settings.TryGetValue(directive.Index, out var found) ? found.Origin : Origin.Default(directive.Name);

    internal void Set(Directive directive, object? value, Origin origin) => _settings[directive.Index] = (value, origin);

    internal bool TryGetBoxed(Directive directive, out object? value, out Origin origin)
    {
        var found = _settings.TryGetValue(directive.Index, out var entry);
        (value, origin) = found ? entry : (directive.BoxedDefault, Origin.Default(directive.Name));
        return found;
    }

    internal void Unset(Directive directive) => _settings.Remove(directive.Index);
}
