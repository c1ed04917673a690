using Supervisor.Engine;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>The engine's lookup: units as their files say them, each read once until the next reload.</summary>
internal sealed class UnitSource(UnitLoader loader) : IUnitSource
{
    private readonly Dictionary<string, Unit> _units = [];

    public static UnitSource Of(ManagerPaths paths) =>
        new(new UnitLoader(new UnitSearchPath([.. paths.UnitPath.Select(p => new UnitDirectory(p.Path, p.Attached))]), SpecifierContext.MachineFacts));

    /// <summary>Between two questions that belong together the directories are not looked at again.</summary>
    private bool _together, _asked;

    public void BeginQuestions() => (_together, _asked) = (true, false);

    public void EndQuestions() => _together = false;

    public Unit Find(string name)
    {
        if (_units.TryGetValue(name, out var known))
            return known;
        var unit = loader.Load(name, again: _together && _asked);
        _asked = true;
        _units[name] = unit;
        _units.TryAdd(unit.Name, unit);
        return unit;
    }

    /// <summary>The unit is looked up anew when it is asked for next.</summary>
    public void Forget(string name) => _units.Remove(name);

    /// <summary>Reads everything anew when it is asked for next.</summary>
    public void Forget() => _units.Clear();
}
