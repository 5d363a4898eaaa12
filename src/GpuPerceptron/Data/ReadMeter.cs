namespace GpuPerceptron.Data;

/// <summary>Counts the rows that are read of samples, pass after pass, so that others can see how far it is. Safe for concurrent use.</summary>
public sealed class ReadMeter
{
    private long _rows;

    /// <summary>Rows so far; each pass adds all of them.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Some more are read.</summary>
    internal void Add(long rows) => Interlocked.Add(ref _rows, rows);
}
