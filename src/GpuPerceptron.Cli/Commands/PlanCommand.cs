using System.CommandLine;
using GpuPerceptron.Cli.Streams;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron plan</c>: <c>train</c>'s options, but only what a training would take.</summary>
internal sealed class PlanCommand : Command, IHasExamples
{
    public PlanCommand(Terminal terminal, CancellationToken cancellation)
        : base("plan", "Says what a training would need, in memory, disk and time, and how it would run; trains nothing.")
    {
        var train = new TrainArguments();
        train.AddTo(this);
        SetAction(arguments => (int)new PlanRun(train.RequestFrom(arguments), terminal).Execute(cancellation));
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron plan 'part-*.parquet' --label clicked --memory 2GB",
        "gpuperceptron plan all.csv --label bought --device cuda --json - | jq .seconds",
    ];
}
