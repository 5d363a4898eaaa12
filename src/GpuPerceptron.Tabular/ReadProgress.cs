namespace GpuPerceptron.Tabular;

/// <summary>What is done on the way from a table to samples.</summary>
public enum ReadStage
{
    /// <summary>The table is read.</summary>
    Read,

    /// <summary>The samples are standardised, or scaled, and numbered.</summary>
    Encode,

    /// <summary>The samples are kept in a file for the next training.</summary>
    Keep,

    /// <summary>What was kept is checked.</summary>
    Check,

    /// <summary>A stream is copied to a file, before it is read.</summary>
    Copy,
}

/// <summary>How far the reading of a table is.</summary>
/// <param name="Part">From 0 to 1, by an estimate where a table does not say how many rows it has; null where nothing is known.</param>
/// <param name="Rows">Rows so far; 0 for what is read by bytes.</param>
/// <param name="Bytes">Bytes of the table's files so far, or of the samples; null where there are none.</param>
/// <param name="TotalBytes">Bytes of the table's files, or of the samples; 0 where there are none.</param>
public readonly record struct ReadProgress(double? Part, long Rows, long? Bytes, long TotalBytes)
{
    /// <summary>What is done.</summary>
    public ReadStage Stage { get; init; }
}
