using GpuPerceptron.Cli.Streams;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Follows a training on stderr.</summary>
/// <param name="terminal">Where to.</param>
/// <param name="quiet">Shows nothing.</param>
/// <param name="tolerance">The gradient norm at which training ends.</param>
internal sealed class TrainProgress(Terminal terminal, bool quiet, double tolerance)
{
    private const double SecondsBetweenEstimates = 0.05;

    private readonly LiveLine _line = new(terminal, quiet);
    private RemainingTime? _remaining;
    private long _bytesPerPass;
    private long _start;
    private double _lastEstimate = double.NegativeInfinity;
    private double? _left;
    private TrainingProgress? _unseen;

    /// <summary>Something beside the epochs begins: a terminal shows what.</summary>
    public void Begin(TrainingStage stage, long bytes)
    {
        End();
        _unseen = null;
        if (!terminal.Traits.ErrorIsTerminal) return;
        _line.Show(stage switch
        {
            TrainingStage.Prepare => $"preparing {Numbers.Bytes(bytes)} of features for the device ...",
            TrainingStage.Curvature => "estimating the largest curvature, L ...",
            TrainingStage.Certify => "proving in float64 how near the optimum it ended ...",
            _ => "measuring the validation samples ...",
        });
    }

    /// <summary>The first epoch begins.</summary>
    public void Start(TrainingSetup setup)
    {
        _remaining = new RemainingTime(tolerance, setup.MaximumEpochs);
        _bytesPerPass = setup.BytesPerPass;
        _start = terminal.Clock.GetTimestamp();
    }

    /// <summary>An epoch ended.</summary>
    public void Report(TrainingProgress progress)
    {
        // More is taken in than is shown, for one state alone says nothing of how long it takes.
        double seconds = Seconds;
        bool isDue = _line.IsDue;
        if (isDue || seconds - _lastEstimate >= SecondsBetweenEstimates)
        {
            _left = _remaining!.Estimate(seconds, progress.Epoch, progress.GradientNorm);
            _lastEstimate = seconds;
        }

        if (isDue)
        {
            _line.Show(Describe(progress, seconds, _left));
            _unseen = null;
        }
        else
        {
            _unseen = progress;
        }
    }

    /// <summary>Training ended: a log keeps the last state, a terminal makes room for the summary.</summary>
    public void End()
    {
        if (terminal.Traits.ErrorIsTerminal) _line.Clear();
        else if (_unseen is { } last) _line.Show(Describe(last, Seconds, left: null));
    }

    private double Seconds => terminal.Clock.GetElapsedTime(_start).TotalSeconds;

    private string Describe(TrainingProgress progress, double seconds, double? left)
    {
        double rate = seconds > 0 ? progress.Passes / seconds : 0;
        string validation = progress.ValidationLoss is { } loss ? $"  validation {loss:0.00000}" : "";
        string remaining = left is { } guess and >= 1 ? $"  {Numbers.Duration(Math.Ceiling(guess))} left" : "";
        // The rates come last: a narrow window cuts them off first.
        return $"epoch {Numbers.Count(progress.Epoch)}  loss {progress.Objective:0.000000}{validation}  "
            + $"gradient {progress.GradientNorm:0.0e+0} -> {tolerance:0e+0}{remaining}  "
            + $"{Numbers.Rate(rate)} passes/s  {Numbers.Bytes(rate * _bytesPerPass)}/s";
    }
}
