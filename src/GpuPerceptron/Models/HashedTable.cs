namespace GpuPerceptron.Models;

/// <summary>
/// How the columns of a table became sparse features (feature hashing: Weinberger, Dasgupta, Langford, Smola and Attenberg,
/// "Feature hashing for large scale multitask learning", 2009). A column of numbers has the index of its place in the list; a
/// column's text t has index Columns.Count + (the lower bits of its hash), with 1 or −1 by another bit, so that texts that share
/// an index cancel on average.
/// </summary>
/// <param name="Bits">Bits of a hash that make an index.</param>
/// <param name="Columns">The columns read.</param>
public sealed record HashedTable(int Bits, IReadOnlyList<HashedColumn> Columns)
{
    /// <summary>Fewest bits.</summary>
    public const int LeastBits = 18;

    /// <summary>Most bits.</summary>
    public const int MostBits = 24;

    /// <summary>The index of a text whose hash is 0 in its lower bits.</summary>
    public int FirstHash => Columns.Count;

    /// <summary>What an index is called: a column's name, or a number in place of texts.</summary>
    /// <param name="index">The index.</param>
    public string NameOf(int index) => index < FirstHash ? Columns[index].Name : $"#{index - FirstHash}";
}

/// <summary>A column that was read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds; texts are hashed.</param>
/// <param name="Mean">Of numbers: the training mean, which is taken from them where they are standardised, and fills a
/// gap.</param>
public sealed record HashedColumn(string Name, ColumnKind Kind, double Mean = 0);
