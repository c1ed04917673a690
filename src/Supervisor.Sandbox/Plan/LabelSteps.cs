using System.Text;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>
/// Labels of security modules. Without the module such a setting has no effect (systemd.exec(5)). AppArmor and SELinux take the label at execve, so it is said while the
/// host's /proc is there.
/// </summary>
internal static class LabelSteps
{
    public static void Write(PlanScope s)
    {
        if (!s.Sandboxed)
            return;
        if (s.Get(Directives.SELinuxContext) is { Value: { } context } selinux && Exists(s, "/sys/fs/selinux/enforce"))
            Label(s, "SELinux context", context, context.Text, "/proc/self/attr/exec", selinux.Origin, ExitStatus.SELinuxContext);
        if (s.Get(Directives.AppArmorProfile) is { Value: { } profile } apparmor && s.Context.HostView.ReadFile("/sys/module/apparmor/parameters/enabled", 16) is [(byte)'Y', ..])
            Label(s, "AppArmor profile", profile, $"exec {profile.Text}", Exists(s, "/proc/self/attr/apparmor/exec") ? "/proc/self/attr/apparmor/exec" : "/proc/self/attr/exec", apparmor.Origin, ExitStatus.AppArmorProfile);
        if (s.Get(Directives.SmackProcessLabel) is { Value: { } label } smack && Exists(s, "/sys/fs/smackfs/load2"))
            Label(s, "SMACK label", label, label.Text, "/proc/self/attr/current", smack.Origin, ExitStatus.SmackProcessLabel);
    }

    private static void Label(PlanScope s, string what, SecurityLabel label, string text, string path, Origin origin, int exitStatus)
    {
        const int O_WRONLY = 1;
        s.Step($"run it under the {what} {label.Text}", origin, exitStatus, path);
        var file = s.Builder.OpenAt(PlanBuilder.Cwd, path, O_WRONLY, onError: label.Optional ? OnError.SkipStep(Errno.ENOENT, Errno.EACCES) : default);
        var bytes = Encoding.UTF8.GetBytes(text);
        s.Builder.Call("write", path, Nr.write, label.Optional ? OnError.IgnoreAll : default, file, new PlanBlob(bytes), bytes.Length).Close(file);
    }

    private static bool Exists(PlanScope s, string path) => s.Context.HostView.Look(path).Kind is PathKind.File;
}
