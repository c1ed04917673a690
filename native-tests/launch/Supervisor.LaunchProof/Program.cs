using System.Text;
using Supervisor.LaunchProof;
using Supervisor.Linux;

// launch-proof stress [COUNT] | check | check-without-clone3 | bench C-PROGRAM RUNTIME-DIR STATE-DIR IMAGE [COUNT]
return args switch
{
    ["stress", .. var rest] => Stress.Run(rest.Length > 0 ? int.Parse(rest[0]) : 10_000),
    ["check"] => Check.Run(),
    ["check-without-clone3"] => Check.RunWithoutClone3(),
    ["bench", var program, var runtime, var state, var image, .. var rest] => Bench.Compare(program, runtime, state, image, rest.Length > 0 ? int.Parse(rest[0]) : 500),
    _ => Usage(),
};

static int Usage()
{
    Say.Line("usage: launch-proof stress [COUNT] | check | check-without-clone3 | bench C-PROGRAM RUNTIME-DIR STATE-DIR IMAGE [COUNT]");
    return 2;
}

namespace Supervisor.LaunchProof
{
    /// <summary>Standard output.</summary>
    internal static class Say
    {
        public static void Line(string text) => _ = Sys.WriteAll(new Fd(1), Encoding.UTF8.GetBytes(text + "\n"));
    }
}
