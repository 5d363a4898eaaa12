using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Data;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Follows a training on stderr: its epochs as they end, and meanwhile how far it is, until it is disposed.</summary>
internal sealed class TrainProgress : IDisposable
{
    private const double SecondsBetweenEstimates = 0.05;
    private const double LongEpoch = 1; // seconds, after which its passes are told

    private readonly Terminal _terminal;
    private readonly double _tolerance;
    private readonly Dataset _samples;
    private readonly string? _trialOf;
    private readonly LiveLine _line;
    private readonly Ticker? _ticker;
    private readonly Lock _turn = new(); // of the training's thread and the timer's
    private RemainingTime? _remaining;
    private long _bytesPerPass;
    private long _start;
    private double _lastEstimate = double.NegativeInfinity;
    private double? _left;
    private TrainingProgress? _last, _unseen;
    private TrainingStage? _stage; // null in the epochs
    private long _since;           // when the stage, or the epoch, began
    private long _rowsBefore;      // that were read before that

    /// <param name="terminal">Where to.</param>
    /// <param name="quiet">Shows nothing.</param>
    /// <param name="tolerance">The gradient norm at which training ends.</param>
    /// <param name="samples">The training samples.</param>
    /// <param name="trialOf">On what a training is only tried: lines say so, and none of them stays in a log. Null for a training that is meant.</param>
    public TrainProgress(Terminal terminal, bool quiet, double tolerance, Dataset samples, string? trialOf = null)
    {
        (_terminal, _tolerance, _samples, _trialOf) = (terminal, tolerance, samples, trialOf);
        _line = new LiveLine(terminal, quiet);
        Mark();
        if (!quiet) _ticker = new Ticker(terminal.Clock, Look);
    }

    /// <summary>What the training is to count in.</summary>
    public ReadMeter Meter { get; } = new();

    /// <summary>What tells this of a training.</summary>
    /// <param name="prepared">Is called before the first epoch, with no line on the screen.</param>
    public TrainingEvents Events(Action<TrainingSetup>? prepared = null) => new()
    {
        StageBegan = Begin,
        Prepared = setup =>
        {
            End();
            prepared?.Invoke(setup);
            Start(setup);
        },
        EpochEnded = Report,
        Meter = Meter,
    };

    /// <summary>Something beside the epochs begins: a terminal shows what.</summary>
    public void Begin(TrainingStage stage)
    {
        lock (_turn)
        {
            Finish();
            (_last, _stage) = (null, stage);
            Mark();
            if (_terminal.Traits.ErrorIsTerminal) Show($"{Doing(stage)} ...");
        }
    }

    /// <summary>The first epoch begins.</summary>
    public void Start(TrainingSetup setup)
    {
        lock (_turn)
        {
            _remaining = new RemainingTime(_tolerance, setup.MaximumEpochs);
            _bytesPerPass = setup.BytesPerPass;
            _start = _terminal.Clock.GetTimestamp();
            _stage = null;
            Mark();
        }
    }

    /// <summary>An epoch ended.</summary>
    public void Report(TrainingProgress progress)
    {
        lock (_turn)
        {
            // More is taken in than is shown, for one state alone says nothing of how long it takes.
            double seconds = SecondsSince(_start);
            bool isDue = _line.IsDue;
            if (isDue || seconds - _lastEstimate >= SecondsBetweenEstimates)
            {
                _left = _remaining!.Estimate(seconds, progress.Epoch, progress.GradientNorm);
                _lastEstimate = seconds;
            }

            if (isDue) Show(Describe(progress, seconds, _left));
            (_last, _unseen) = (progress, isDue ? null : progress);
            Mark();
        }
    }

    /// <summary>Looks how far it is where nothing was told for long.</summary>
    private void Look()
    {
        lock (_turn)
        {
            if (!_line.IsDue) return;
            double seconds = SecondsSince(_since);
            long rows = Meter.Rows - _rowsBefore;
            if (seconds < LongEpoch || rows == 0) return;
            string read = WaitingLine.Describe(rows, _samples, seconds);
            if (_stage is { } stage) Show($"{Doing(stage)}: {read}");
            else if (_last is { } last) Show($"{Describe(last with { Passes = last.Passes + rows / Math.Max(1, _samples.Samples) }, SecondsSince(_start), left: null)}; since then {read}");
            else Show($"the first epoch: {read}");
            _unseen = null;
        }
    }

    /// <summary>Training ended: a log keeps the last state, a terminal makes room for the summary.</summary>
    public void End()
    {
        lock (_turn) Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ticker?.Dispose();
        End();
    }

    private void Finish()
    {
        if (_terminal.Traits.ErrorIsTerminal) _line.Clear();
        else if (_trialOf is null && _unseen is { } last) Show(Describe(last, SecondsSince(_start), left: null));
        _unseen = null;
    }

    private void Show(string text) => _line.Show(_trialOf is null ? text : $"on {_trialOf}: {text}");

    private void Mark() => (_since, _rowsBefore) = (_terminal.Clock.GetTimestamp(), Meter.Rows);

    private double SecondsSince(long time) => _terminal.Clock.GetElapsedTime(time).TotalSeconds;

    private string Doing(TrainingStage stage) => stage switch
    {
        TrainingStage.Prepare => $"preparing {Numbers.Bytes(_samples.FeatureBytes)} of features for the device",
        TrainingStage.Curvature => "estimating the largest curvature, L",
        TrainingStage.Certify => "proving in float64 how near the optimum it ended",
        _ => "measuring the validation samples",
    };

    private string Describe(TrainingProgress progress, double seconds, double? left)
    {
        double rate = seconds > 0 ? progress.Passes / seconds : 0;
        string validation = progress.ValidationLoss is { } loss ? $"  validation {loss:0.00000}" : "";
        string remaining = left is { } guess and >= 1 ? $"  {Numbers.Duration(Math.Ceiling(guess))} left" : "";
        // The rates come last: a narrow window cuts them off first.
        return $"epoch {Numbers.Count(progress.Epoch)}  loss {progress.Objective:0.000000}{validation}  "
            + $"gradient {progress.GradientNorm:0.0e+0} -> {_tolerance:0e+0}{remaining}  "
            + $"{Numbers.Rate(rate)} passes/s  {Numbers.Bytes(rate * _bytesPerPass)}/s";
    }
}
