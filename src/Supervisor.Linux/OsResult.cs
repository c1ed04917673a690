using System.Diagnostics.CodeAnalysis;

namespace Supervisor.Linux;

/// <summary>Success, or the <see cref="OsError"/>; what every call without a value returns.</summary>
public readonly struct OsResult
{
    private readonly OsError _error;

    private OsResult(OsError error) => _error = error;

    public bool Ok => _error.Errno == Errno.None;

    /// <summary>The error; meaningless when <see cref="Ok"/>.</summary>
    public OsError Error => _error;

    public static OsResult Success => default;

    public static implicit operator OsResult(OsError error) => new(error);

    /// <summary>True and the error when the call failed.</summary>
    public bool Failed(out OsError error)
    {
        error = _error;
        return !Ok;
    }
}

/// <summary>A value, or the <see cref="OsError"/> that stood in its way.</summary>
public readonly struct OsResult<T>
{
    private readonly T? _value;
    private readonly OsError _error;

    private OsResult(T value) => _value = value;

    private OsResult(OsError error) => _error = error;

    public bool Ok => _error.Errno == Errno.None;

    /// <summary>The value; throws when there is none, because asking for it then is a bug.</summary>
    public T Value => Ok ? _value! : throw new InvalidOperationException(_error.ToString());

    public OsError Error => _error;

    public static implicit operator OsResult<T>(T value) => new(value);

    public static implicit operator OsResult<T>(OsError error) => new(error);

    /// <summary>True and the value when the call succeeded, else false and the error.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, out OsError error)
    {
        value = _value!;
        error = _error;
        return Ok;
    }
}
