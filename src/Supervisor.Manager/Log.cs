using Microsoft.Extensions.Logging;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>The manager's own messages, one method each; units are named first, as everywhere.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Unit}: {Text}")]
    public static partial void UnitInfo(this ILogger log, string unit, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Unit}: {Text}")]
    public static partial void UnitWarning(this ILogger log, string unit, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Unit}: {Text}")]
    public static partial void UnitError(this ILogger log, string unit, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Text}")]
    public static partial void Info(this ILogger log, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Text}")]
    public static partial void Warning(this ILogger log, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Text}")]
    public static partial void Error(this ILogger log, string text);

    [LoggerMessage(Level = LogLevel.Critical, Message = "this is a bug, and it was survived: {Exception}")]
    public static partial void Bug(this ILogger log, string exception);

    /// <summary>syslog(3)'s number for a level.</summary>
    public static int Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };
}

/// <summary>Hands each message to one function (the journal's link) and, in the foreground, writes it to fd 2 as well.</summary>
internal sealed class ManagerLoggerProvider(Action<int, string> record, bool foreground) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var text = formatter(state, exception);
        record(Supervisor.Manager.Log.Priority(logLevel), text);
        if (foreground)
            _ = Sys.WriteAll(new Fd(2), System.Text.Encoding.UTF8.GetBytes(text + "\n")); // nobody may be reading: the journal has it
    }

    public void Dispose()
    {
    }
}
