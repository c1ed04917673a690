using System.Text;

namespace Supervisor.Generators;

/// <summary>The text of a unit that is being made: sections and settings, values with nothing left to expand.</summary>
internal sealed class UnitText
{
    private readonly StringBuilder _text = new();

    public UnitText(string maker) => _text.Append("# Made by the ").Append(maker).Append(" generator\n");

    public UnitText Section(string name)
    {
        _text.Append("\n[").Append(name).Append("]\n");
        return this;
    }

    /// <summary>As it is, specifiers and all.</summary>
    public UnitText Set(string name, string value)
    {
        _text.Append(name).Append('=').Append(value).Append('\n');
        return this;
    }

    /// <summary>Text from elsewhere, in which a percent sign is one.</summary>
    public UnitText Literal(string name, string value) => Set(name, Escape(value));

    public override string ToString() => _text.ToString();

    public static string Escape(string value) => value.Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>True when a value can stand in a line of a unit file and mean itself: no control characters, no blanks at its ends, no backslash that would join lines.</summary>
    public static bool IsSafe(string value)
    {
        foreach (var c in value)
        {
            if (char.IsControl(c) || c == '\uFFFD')
                return false;
        }
        return value.Length == 0 || !char.IsWhiteSpace(value[0]) && !char.IsWhiteSpace(value[^1]) && value[^1] != '\\';
    }
}
