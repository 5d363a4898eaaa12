using System.CommandLine;
using GpuPerceptron.Cli.Streams;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron train</c>.</summary>
internal sealed class TrainCommand : Command, IHasExamples
{
    public TrainCommand(Terminal terminal, CancellationToken cancellation)
        : base("train", "Learns weights and a bias from a labelled table and writes a model.")
    {
        var train = new TrainArguments();
        train.AddTo(this);
        SetAction(arguments => (int)new TrainRun(train.RequestFrom(arguments), terminal).Execute(cancellation));
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron train wdbc.csv --label diagnosis --positive M --l2 0.001",
        "gpuperceptron train 'part-*.parquet' --label clicked --exclude id,day --validation 0.1 -o clicks.json",
        "gpuperceptron train X.npy --labels y.npy --l2 0.001",
        "gpuperceptron train --sql \"SELECT * FROM 'all.parquet' WHERE year < 2024\" --label bought --json -",
    ];
}
