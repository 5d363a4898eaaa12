using System.CommandLine;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Engines;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron gradcheck</c>: its options, and what is asked for with them.</summary>
internal sealed class GradcheckCommand : Command, IHasExamples
{
    private readonly LabelledTableOptions _table = new(takesSparse: false);

    private readonly Option<string?> _gradient = new("--gradient")
    {
        Description = "A gradient that you computed, to be judged: numbers in the order of the features, the bias last; "
            + "exit code 5 if it is wrong.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "The weights it is computed at: numbers likewise, or a model; 0 by default, random ones for engines.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _writeWeights = new("--write-weights")
    {
        Description = "Writes weights that tell mistakes apart, for your code to compute the gradient at, and ends.",
        HelpName = "FILE|-",
    };

    private readonly Option<double> _l2 = CommonOptions.L2();
    private readonly Option<DeviceRequest> _device = CommonOptions.Device();
    private readonly Option<ulong> _seed = CommonOptions.Seed();
    private readonly Option<JsonTarget?> _json = CommonOptions.Json();
    private readonly Option<bool> _quiet = CommonOptions.Quiet();

    public GradcheckCommand(Terminal terminal, CancellationToken cancellation)
        : base("gradcheck", "Compares every engine's gradient, or one that you computed, with the right one, and names the mistake.")
    {
        _table.AddTo(this);
        Add(_gradient);
        Add(_weights);
        Add(_writeWeights);
        Add(_l2);
        Add(_device);
        Add(_seed);
        Add(_json);
        Add(_quiet);
        SetAction(arguments => (int)new GradcheckRun(RequestFrom(arguments), terminal).Execute(cancellation));
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron gradcheck wdbc.csv --label diagnosis",
        "gpuperceptron gradcheck wdbc.csv --label diagnosis --write-weights w.txt",
        "gpuperceptron gradcheck wdbc.csv --label diagnosis --weights w.txt --gradient mine.txt",
    ];

    private GradcheckRequest RequestFrom(ParseResult arguments) => RequestFrom(arguments, _table.DenseSourceFrom(arguments));

    private GradcheckRequest RequestFrom(ParseResult arguments, TableSource source) => new()
    {
        Source = source,
        Table = _table.TableFrom(arguments, source),
        SaysStandardize = _table.SaysStandardize(arguments),
        GradientPath = arguments.GetValue(_gradient),
        WeightsPath = arguments.GetValue(_weights),
        WriteWeightsPath = arguments.GetValue(_writeWeights),
        L2 = arguments.GetValue(_l2),
        Device = arguments.GetResult(_device) is { Implicit: false } ? arguments.GetValue(_device) : null,
        Seed = arguments.GetValue(_seed),
        Json = arguments.GetValue(_json),
        Quiet = arguments.GetValue(_quiet),
    };
}
