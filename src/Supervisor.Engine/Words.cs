using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>systemd's words for the engine's enums, both ways.</summary>
public static class Words
{
    private static readonly string[] ActiveWords = ["inactive", "active", "reloading", "failed", "activating", "deactivating"];

    private static readonly string[] ResultWords =
    [
        "success", "resources", "protocol", "timeout", "exit-code", "signal", "core-dump", "watchdog", "start-limit-hit", "oom-kill", "exec-condition",
        "service-start-limit-hit", "trigger-limit-hit", "unit-start-limit-hit",
    ];

    private static readonly string[] JobTypeWords = ["start", "verify-active", "stop", "reload", "restart", "try-restart", "reload-or-restart"];

    private static readonly string[] JobModeWords = ["replace", "fail", "replace-irreversibly", "isolate", "flush", "ignore-dependencies", "ignore-requirements", "triggering", "restart-dependencies"];

    private static readonly string[] JobResultWords = ["done", "canceled", "timeout", "failed", "dependency", "skipped", "invalid", "assert"];

    private static readonly string[] RoleWords = ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost", "ExecReloadPost", "ExecStopPre"];

    public static string Of(ActiveState state) => ActiveWords[(int)state];

    public static string Of(UnitResult result) => ResultWords[(int)result];

    public static string Of(JobType type) => JobTypeWords[(int)type];

    public static string Of(JobMode mode) => JobModeWords[(int)mode];

    public static string Of(JobResult result) => JobResultWords[(int)result];

    /// <summary>The directive that a process of this role comes from.</summary>
    public static string Of(ProcessRole role) => RoleWords[(int)role];

    public static bool TryParse(string? word, out ActiveState state) => Find(ActiveWords, word, out state, static i => (ActiveState)i);

    public static bool TryParse(string? word, out UnitResult result) => Find(ResultWords, word, out result, static i => (UnitResult)i);

    public static bool TryParse(string? word, out JobType type) => Find(JobTypeWords, word, out type, static i => (JobType)i);

    public static bool TryParse(string? word, out JobMode mode) => Find(JobModeWords, word, out mode, static i => (JobMode)i);

    public static bool TryParse(string? word, out ProcessRole role) => Find(RoleWords, word, out role, static i => (ProcessRole)i);

    private static bool Find<T>(string[] words, string? word, out T value, Func<int, T> cast)
    {
        var index = Array.IndexOf(words, word);
        value = cast(Math.Max(index, 0));
        return index >= 0;
    }
}
