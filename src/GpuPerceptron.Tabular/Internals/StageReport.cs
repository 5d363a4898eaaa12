using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Reports how far a stage after the reading is. Safe for concurrent use.</summary>
internal sealed class StageReport
{
    private readonly Lock _gate = new();
    private readonly Action<ReadProgress>? _report;
    private readonly ReadStage _stage;
    private readonly long _total;
    private long _done;

    /// <summary>Begins the stage.</summary>
    /// <param name="report">Who is told; null for nobody.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="total">Bytes that it goes over.</param>
    public StageReport(Action<ReadProgress>? report, ReadStage stage, long total)
    {
        (_report, _stage, _total) = (report, stage, total);
        Add(0);
    }

    /// <summary>Counts bytes that were gone over.</summary>
    public void Add(long bytes)
    {
        if (_report is null) return;
        lock (_gate)
        {
            _done += bytes;
            _report(new ReadProgress(_total > 0 ? Math.Min(1, (double)_done / _total) : null, Rows: 0, Math.Min(_done, _total), _total) { Stage = _stage });
        }
    }

    /// <summary>Reports on work that goes over all samples some times.</summary>
    /// <param name="report">Who is told; null for nobody.</param>
    /// <param name="passes">How many times.</param>
    /// <param name="training">The training samples.</param>
    /// <param name="validation">Those set aside; null for none.</param>
    /// <param name="work">The work.</param>
    /// <returns>What it returns.</returns>
    public static TResult Encoding<TResult>(Action<ReadProgress>? report, int passes, Dataset training, Dataset? validation, Func<TResult> work)
    {
        var stage = new StageReport(report, ReadStage.Encode, passes * training.FeatureBytes + (validation?.FeatureBytes ?? 0));
        training.BytesDone = stage.Add;
        if (validation is not null) validation.BytesDone = stage.Add;
        try
        {
            return work();
        }
        finally
        {
            training.BytesDone = null;
            if (validation is not null) validation.BytesDone = null;
        }
    }
}
